"""The page: what goes into it, and writing it."""
