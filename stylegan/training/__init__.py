"""Training: the base generator, styles learnt further, and what watches over them."""
