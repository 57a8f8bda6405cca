"""Clips: the one header-and-windows type, the manifest, readers and writers. Works without torch."""
