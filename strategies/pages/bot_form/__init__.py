"""Making and changing a bot: the form, its worst case beside it, the review of an edit."""
