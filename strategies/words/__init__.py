"""Every sentence and label about bots; words know codes, never rows."""
