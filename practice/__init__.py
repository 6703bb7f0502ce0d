"""The practice exchange: its own process, its own code, reached over HTTP only."""
