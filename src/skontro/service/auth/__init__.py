"""Authentication: credentials, signatures, tokens, the security log."""
