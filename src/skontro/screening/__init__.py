"""Parties against lists; decisions with evidence."""
