"""How the operators' lists write moments: to the second and with the zone, as a night needs them."""

DATETIME_FORMAT = "Y-m-d H:i:s e"
DATE_FORMAT = "Y-m-d"
