"""``python cli.py …`` from a checkout is ``layout …``."""

from layout.cli import main

if __name__ == "__main__":
    main()
