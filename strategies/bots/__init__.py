"""What traders do with bots: settings, enabling, disabling, deleting."""
