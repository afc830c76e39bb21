"""``python -m stylegan``."""

import stylegan.hub_cli
import stylegan.train_cli  # noqa: F401 (these two add their commands to the group)
from stylegan.cli import main

if __name__ == "__main__":
    main()
