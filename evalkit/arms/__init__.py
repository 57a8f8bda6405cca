"""Arms: what is put on trial side by side. Trivial ones, folders of videos, and any translator by name."""
