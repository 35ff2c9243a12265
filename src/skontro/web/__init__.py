"""Pages of a live system, for its operator and its participants."""
