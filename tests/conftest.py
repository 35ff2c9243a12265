"""Settings that hold for every test."""

from hypothesis import HealthCheck, settings

# How long a machine takes to draw an example says nothing about the code under test.
settings.register_profile("skontro", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("skontro")
