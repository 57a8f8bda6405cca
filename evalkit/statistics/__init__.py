"""Statistics: subject-grouped rows of the measurement table to a number, an interval and p."""
