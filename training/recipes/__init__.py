"""The methods: one file each, read from top to bottom: settings, trainer, what a step is, the run."""
