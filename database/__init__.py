"""How rows are kept and asked for: exact numbers, public ids, statements that are compiled once."""
