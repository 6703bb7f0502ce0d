"""The pages on which a trader acts on a group by hand: first what it would come to, then the act."""
