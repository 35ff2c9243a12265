"""Tests of one-way payments over mirror accounts."""
