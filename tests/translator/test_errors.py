"""InputError: every fault on its own line, with place and remedy."""

from translator.errors import Fault, InputError, bad_input


def test_a_fault_is_one_line_of_place_finding_and_remedy() -> None:
    assert str(Fault("a.csv: row 2", "is empty", "Fill it")) == "a.csv: row 2: is empty. Fill it"
    assert str(Fault("a.csv", "is empty")) == "a.csv: is empty"


def test_an_error_holds_every_fault_and_prints_each_on_its_line() -> None:
    faults = [Fault("a", "x"), Fault("b", "y", "z")]
    error = InputError(fault for fault in faults)
    assert error.faults == tuple(faults)
    assert str(error) == "a: x\nb: y. z"
    assert isinstance(error, ValueError)


def test_the_common_error_has_one_fault() -> None:
    assert bad_input("a", "x", "z").faults == (Fault("a", "x", "z"),)
