"""Data structures of the engine in fixed-size records: queues, timers, lookup of orders."""
