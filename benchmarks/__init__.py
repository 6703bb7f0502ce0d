"""Benchmarks: each module's `measure()` returns rows of figures, as ratios to a floor or a peer of the same run."""
