"""Rehearsals of the worst: processes are killed at random, and what is left is compared with what really happened."""
