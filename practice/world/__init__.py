"""What the practice exchanges are made of: accounts and keys, markets that move, and where they are kept."""
