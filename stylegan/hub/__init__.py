"""From and to the Hugging Face Hub."""
