"""The functions of the public Python API, loaded by ``import skontro``."""
