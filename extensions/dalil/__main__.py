"""``python -m dalil``: the same as the command ``dalil``."""

from dalil.cli import main

main()
