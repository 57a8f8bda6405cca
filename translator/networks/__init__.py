"""The two networks and their blocks."""
