"""The command run in this process, for the tests of its verbs wherever they stand; a cache of the tests' own."""

import os
from collections.abc import Callable, Iterator

import pytest

Runner = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Converted networks are kept for the tests of one session, and not among the user's."""
    before = os.environ.get("SONOPROOF_CACHE")
    os.environ["SONOPROOF_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["SONOPROOF_CACHE"]
    else:
        os.environ["SONOPROOF_CACHE"] = before


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
