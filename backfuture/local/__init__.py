"""`./run up`: everything on one machine, started, watched and stopped together (standard library only, but demo.py)."""
