"""The networks and everything that a painting is made with."""
