"""Mutation tests: small faults put into the source, which the fast tests must notice."""
