"""Two or more runs side by side, on the same clips."""
