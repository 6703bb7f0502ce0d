"""Backups: copies that nobody reads without the backup's key, and the way back from one to a product that trades."""
