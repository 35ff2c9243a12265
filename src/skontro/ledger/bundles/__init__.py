"""Evidence bundles: orders, states, receipts, signed batches and messages of a case in one file."""
