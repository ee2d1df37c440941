"""The public site as files: rendered in advance, and written down for another server."""
