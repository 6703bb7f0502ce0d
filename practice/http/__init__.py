"""From a request to its answer: hosts, signatures, faults."""
