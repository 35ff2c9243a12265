"""Tests of tables of orders."""
