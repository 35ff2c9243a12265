"""The command line, one module per command."""

from skontro.cli.main import main

__all__ = ["main"]
