"""The gallery: exhibits of a run as pictures that play."""
