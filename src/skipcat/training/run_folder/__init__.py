"""The run folder: recipe, checkpoints, metrics and locks; resume and extend."""
