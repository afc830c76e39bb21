"""The paintings of a visitor, and how each was made."""
