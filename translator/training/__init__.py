"""Training: pairs, losses, loop."""
