"""Which higher time frame must agree with the trend rule's own."""

from strategies.choices import TrendFrame

HIGHER: dict[str, str] = {TrendFrame.M5: "1h", TrendFrame.M15: "4h", TrendFrame.H1: "1d"}
