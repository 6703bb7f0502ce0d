"""One stranger in each module: an SDK that others wrote, asked in its own words."""
