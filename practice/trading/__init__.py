"""Orders as an exchange takes, matches and books them."""
