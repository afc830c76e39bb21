"""What a Space runs: ``python app.py`` is ``atelier``."""

from studio.__main__ import main

if __name__ == "__main__":
    main()
