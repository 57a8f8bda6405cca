"""The judge's own fixed networks, with pinned weights. The only part of evalkit that needs torch; loaded late."""
