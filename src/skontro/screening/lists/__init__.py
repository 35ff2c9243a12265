"""Sanctions lists: the published layouts, and checks that a list is whole and fresh."""
