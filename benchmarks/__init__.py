"""Measurements of this project, beside other ways to do the same; nothing that is shipped imports them."""
