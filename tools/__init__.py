"""Tools for the people that work on the product; the product does not need them."""
