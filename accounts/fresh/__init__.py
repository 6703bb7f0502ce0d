"""Around a fresh sign-in: the way to it, back to what was typed, and what follows when the way in has changed."""
