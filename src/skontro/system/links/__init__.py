"""Links between independent systems: contracts, and the orders that settle together."""
