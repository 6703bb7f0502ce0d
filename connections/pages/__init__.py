"""What traders see of connections."""
