"""RFC 3161 responses: of the right file, under the right root, unchanged; made beforehand with OpenSSL."""

import shutil
from pathlib import Path

import pytest

from evalkit.timestamp import UNCHECKED, UNKNOWN_AUTHORITY, VERIFIED, verify_response, verify_timestamp
from translator.artefacts import file_digest
from translator.errors import InputError

pytest.importorskip("rfc3161_client", reason="rfc3161-client is not installed")
DATA = Path(__file__).resolve().parents[1] / "data" / "timestamp"
PLAN, ROOT = DATA / "plan.json", DATA / "root.pem"


@pytest.mark.parametrize(
    ("response", "root", "status"),
    [("plan.tsr", ROOT, VERIFIED), ("chain.tsr", ROOT, VERIFIED), ("chain.tsr", None, UNKNOWN_AUTHORITY),
     ("plan.tsr", None, UNCHECKED)],
)  # fmt: skip
def test_what_a_response_shows_depends_on_the_root(response: str, root: Path | None, status: str) -> None:
    found = verify_timestamp(DATA / response, PLAN, root)
    assert found["status"] == status
    assert found["time"].startswith("20")
    assert "CN=Example Time Stamping Authority" in found["authority"]


def test_a_response_of_another_file_is_refused_by_digest(tmp_path: Path) -> None:
    other = tmp_path / "plan.json"
    other.write_bytes(PLAN.read_bytes() + b" ")
    with pytest.raises(InputError, match="is of another file: it names c37ee3"):
        verify_timestamp(DATA / "plan.tsr", other, ROOT)


def test_another_root_and_no_certificate_are_refused() -> None:
    with pytest.raises(InputError, match="does not hold"):
        verify_timestamp(DATA / "plan.tsr", PLAN, DATA / "other_root.pem")
    with pytest.raises(InputError, match="holds no certificate"):
        verify_timestamp(DATA / "bare.tsr", PLAN, ROOT)
    with pytest.raises(InputError, match="is no certificate in PEM"):
        verify_timestamp(DATA / "plan.tsr", PLAN, PLAN)


@pytest.mark.parametrize("place", [0.3, 0.6, 0.97])
def test_a_changed_byte_in_what_is_signed_is_found(place: float, tmp_path: Path) -> None:
    """In the stamped information, the certificate and the signature."""
    changed = bytearray((DATA / "plan.tsr").read_bytes())
    changed[int(place * len(changed))] ^= 1
    (tmp_path / "plan.tsr").write_bytes(changed)
    with pytest.raises(InputError):
        verify_timestamp(tmp_path / "plan.tsr", PLAN, ROOT)


def test_what_is_no_response_is_an_error_that_names_it(tmp_path: Path) -> None:
    shutil.copyfile(PLAN, tmp_path / "plan.tsr")
    with pytest.raises(InputError, match="is no RFC 3161 response"):
        verify_timestamp(tmp_path / "plan.tsr", PLAN)
    with pytest.raises(InputError, match="cannot be read"):
        verify_timestamp(tmp_path / "absent.tsr", PLAN)


@pytest.mark.parametrize("root", [None, ROOT])
@pytest.mark.parametrize("response", ["plan.tsr", "chain.tsr"])
def test_no_changed_byte_makes_it_stumble_or_lends_another_name(
    response: str, root: Path | None, tmp_path: Path
) -> None:
    good = (DATA / response).read_bytes()
    honest = verify_timestamp(DATA / response, PLAN, root)
    for place in range(0, len(good), 7):
        changed = bytearray(good)
        changed[place] ^= 0x55
        try:
            found = verify_response(bytes(changed), "here", file_digest(PLAN), "plan", root)
        except InputError:
            continue
        assert found["status"] == UNCHECKED or found == honest, place


def test_the_authority_is_who_signed_and_no_other_certificate_that_lies_in_the_response() -> None:
    assert verify_timestamp(DATA / "chain.tsr", PLAN, ROOT)["authority"].count("CN=") == 1
