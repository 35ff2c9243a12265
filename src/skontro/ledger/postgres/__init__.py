"""PostgreSQL: addresses, connections, the embedded server, schema and binary tables."""
