"""Learns generators. Imports `inference.networks`, never Django models: usable without the site."""
