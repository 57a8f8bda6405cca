"""Packets of the golden run, made once."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evalkit.seal import Run, read_run
from reports.packet.archive import archive_bytes
from reports.packet.assemble import Asked, packet_files

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "run"
DAY = "2026-01-31"


@pytest.fixture(scope="session")
def golden() -> Run:
    return read_run(GOLDEN)


@pytest.fixture(scope="session")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(scope="session")
def files(golden: Run, key: Ed25519PrivateKey) -> dict[str, bytes]:
    """The files of a signed packet of the golden run."""
    return packet_files(golden, key, Asked(date=DAY))


@pytest.fixture(scope="session")
def packed(files: dict[str, bytes]) -> bytes:
    return archive_bytes(files)


@pytest.fixture
def packet(packed: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "packet.zip"
    path.write_bytes(packed)
    return path
