"""The list of all orders of a trader, whatever the bot or connection, and what of it is asked for."""
