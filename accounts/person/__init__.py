"""What is a person's own: sessions, second factors, and the way out."""
