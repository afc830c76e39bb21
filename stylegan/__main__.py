"""``python -m stylegan``."""

from stylegan.cli import main

if __name__ == "__main__":
    main()
