"""Compiles the second part of the engine, while another process compiles the first."""

import sys

from skontro.engine.first_compilation import compile_part
from skontro.ledger import uetr_index

if __name__ == "__main__":
    compile_part(1)
    sys.stdout.write("compiled\n")
    sys.stdout.flush()
    uetr_index.precompile()
