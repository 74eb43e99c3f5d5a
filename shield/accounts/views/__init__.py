"""Pages of signing in, of the own account, and of people and units."""
