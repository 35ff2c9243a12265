"""National-currency share, liquidity and delay, derived from what was settled."""
