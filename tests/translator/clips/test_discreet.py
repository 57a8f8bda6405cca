"""pydicom neither warns nor logs while a header is read, and does so again afterwards."""

import logging
import warnings

import pytest

from translator.clips.discreet import discreet, without_values

LOGGER = logging.getLogger("pydicom")


def _say() -> None:
    warnings.warn_explicit("JOHN", UserWarning, "valuerep.py", 1, module="pydicom.valuerep")
    LOGGER.warning("JOHN")


def test_nothing_is_said_within_and_all_is_said_after(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with discreet():
            _say()
        assert (warned, caplog.messages) == ([], [])
        _say()
        assert [str(one.message) for one in warned] == caplog.messages == ["JOHN"]


def test_other_warnings_pass() -> None:
    with pytest.warns(UserWarning, match="mine"), discreet():
        warnings.warn_explicit("mine", UserWarning, "a.py", 1, module="mine")


def test_the_words_of_an_error_leave_values_out() -> None:
    assert without_values(ValueError("bad value 'JOHN'")) == "ValueError"
    assert without_values(FileNotFoundError(2, "No such file", "JOHN.dcm")) == "No such file"
    with pytest.raises(AttributeError) as caught:
        _ = logging.JOHN  # type: ignore[attr-defined]
    assert without_values(caught.value) == "no JOHN"  # the name of an attribute, which the code asked for
