"""A try with a real key: what an exchange really sends, told by keys, types, lengths and codes, never by a value."""
