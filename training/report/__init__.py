"""What a run of training shows afterwards: curves, results by step, figures and settings, as files for a page."""
