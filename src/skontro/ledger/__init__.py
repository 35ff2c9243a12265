"""The durable record: journal, postings, recovery and verification."""
