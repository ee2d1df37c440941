"""Signing in to the admin, with a second factor: allauth, in our words and within our limits."""
