"""The pages on which a trader looks back: what a bot would have done, the worst first."""
