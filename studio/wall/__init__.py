"""The public wall and its dataset."""
