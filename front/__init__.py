"""The web server: waitress, which reads and writes without a thread, made strict about time and size."""
