"""The schedule: epochs, image sizes and batches that fit time and memory."""
