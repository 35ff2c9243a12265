"""Netting cycles: orders are collected, netted at a cut-off, and settled together by the engine."""

from skontro.simulation.cycles.settling import check_cycles, settle_in_cycles

__all__ = ["check_cycles", "settle_in_cycles"]
