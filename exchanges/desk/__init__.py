"""Trading at an exchange with one key: place, find, read, and what the market says."""
