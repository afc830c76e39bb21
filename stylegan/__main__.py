"""``python -m stylegan``."""

import stylegan.hub_cli  # noqa: F401 (adds its commands to the group)
from stylegan.cli import main

if __name__ == "__main__":
    main()
