"""What a trader does to one group by hand: what it would come to, and the act."""
