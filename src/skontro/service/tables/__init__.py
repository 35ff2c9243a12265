"""Orders as tables (Arrow, Parquet): read in processes of their own, then put in columns."""
