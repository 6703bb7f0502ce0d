"""What a look or a signal does for bots: claim, load, decide, write down, tell."""
