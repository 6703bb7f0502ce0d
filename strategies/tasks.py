"""What workers do for bots: ids in, one flow, nothing out."""
