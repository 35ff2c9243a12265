"""Links between plain ledgers over a bad network, under one seed."""
