"""Mails: written down with what they tell, sealed, and sent by a worker."""
