"""A first visit: the steps that tick themselves off, and what a practice bot can be tried out with."""
