"""Tests of published and measured figures."""
