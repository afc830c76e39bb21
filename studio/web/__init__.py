"""Between the page and the app: who may open which file, what is said, what is served."""
