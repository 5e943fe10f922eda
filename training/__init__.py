"""Learns generators. Imports `inference.architectures`, never Django models: usable without the site."""
