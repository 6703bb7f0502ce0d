"""How the threads of a worker share their time: who is woken, who goes first, what is done together."""
