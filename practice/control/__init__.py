"""What tests and the page move: keys, faults, prices, and the truth about all orders."""
