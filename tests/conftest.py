"""The command run in this process, for the tests of its verbs wherever they stand."""

from collections.abc import Callable

import pytest

Runner = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs the command with the given arguments: (exit code, standard output, standard error)."""
    from sonoproof.cli import app as command  # only here: other tests need not wait for it

    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["sonoproof", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            command.main()
        out, err = capfd.readouterr()
        return int(stop.value.code or 0), out, err

    return call
