"""What the page shows: one module for each tab, and one for each part that is large enough."""
