"""One-way payments between two systems over mirror accounts; see README.md."""
