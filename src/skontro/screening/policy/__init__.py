"""Policy rules as data: caps, eligible payments, velocity and structuring; and their trial."""
