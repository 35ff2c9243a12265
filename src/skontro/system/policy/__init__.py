"""Policy rules: caps, eligible payments, velocity and structuring; judged when orders enter."""
