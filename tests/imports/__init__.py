"""Tests of foreign files."""
