"""One archive with everything that cannot be made again, and the way back."""
