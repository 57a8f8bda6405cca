"""Regions of a screen: sector, flow mask, seam. Works without torch."""
