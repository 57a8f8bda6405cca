"""What the clip itself knows about a hidden pixel, without a network. Works without torch."""
