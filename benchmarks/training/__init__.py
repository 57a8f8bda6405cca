"""Configurations of the shipped weights, and the variants that show what each part is worth."""
