"""Home, and the pages of the inventory."""
