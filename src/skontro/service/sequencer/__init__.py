"""The sequencer: intake, ordering, group commit, idempotency."""
