"""The live road, rehearsed: the unchanged product over TLS and the exchanges' real names, where nothing can leave."""
