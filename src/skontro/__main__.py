"""``python -m skontro`` is the same as ``skontro``."""

from skontro.cli import main

main()
