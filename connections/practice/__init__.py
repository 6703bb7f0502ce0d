"""What a trader does with the practice exchange without leaving the product."""
