"""How groups, bots and accounts stand, in numbers."""
