"""The list of bots: a table of hundreds, what of it is asked for, and acts on several at once."""
