"""An auditor of our own: each group reckoned once more from the exchange's orders and fills, by code that shares none.

What differs from our books is told; nothing is mended. Nothing of the engine or of execution is imported here: an
auditor that reckons with the books' own code agrees with its faults.
"""
