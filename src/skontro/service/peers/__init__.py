"""Statements about links to and from other systems, over HTTP."""
