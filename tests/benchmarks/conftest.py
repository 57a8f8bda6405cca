"""The benchmarks are in no wheel: they are imported from beside the tests, after everything that is installed."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
