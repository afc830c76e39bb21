"""The Stylize tab: a photo, a wall of styles, a painting."""
