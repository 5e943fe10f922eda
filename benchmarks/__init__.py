"""Measurements of this project, beside other ways to do the same; no code that is shipped imports them."""
