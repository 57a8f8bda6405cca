"""Metrics: a clip, or a pair of clips, to one number in a region. Works without torch."""
