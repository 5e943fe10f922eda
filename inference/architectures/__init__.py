"""Network definitions, as pure torch modules: one definition serves both inference and training.

Importing this package imports torch; code that must start without torch imports it late.
"""
