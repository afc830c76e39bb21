"""From settings to a painting."""
