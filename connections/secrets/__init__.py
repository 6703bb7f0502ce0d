"""Secrets: the vault, what goes in, and what a worker opens for the length of one call."""
