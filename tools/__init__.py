"""Tools for whoever works on the product; the product does not need them."""
