"""One page for the operator who is woken: what calls for somebody, worst first, in whole sentences."""
