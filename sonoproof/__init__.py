"""The command `sonoproof`: the composition root. It imports all other packages; none imports it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("sonoproof")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
