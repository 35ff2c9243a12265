"""The rules of settlement, from acceptance to finality."""
