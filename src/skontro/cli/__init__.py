"""The command line, one module per command."""

try:
    from skontro.cli.main import main
except ImportError:  # a package is missing or does not load: say which
    from skontro.cli.installation_checks import main_without_packages as main

__all__ = ["main"]
