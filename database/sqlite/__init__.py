"""Django's SQLite, where those that write take turns."""
