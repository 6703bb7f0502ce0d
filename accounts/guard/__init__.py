"""What stands before a sign-in: how often may be tried, from where, with which passwords, and how many at once."""
