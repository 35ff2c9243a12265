"""The documentation as a site: pages of the repository, notebooks with outputs, Python reference.

Developers build it with ``make site``; it is no part of the package that users install.
"""
