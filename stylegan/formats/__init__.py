"""Files of generators and styles. Data only, never code; nothing in a file from elsewhere is trusted."""
