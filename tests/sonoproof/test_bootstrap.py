import ast
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[2] / "bootstrap.py"


def _run(first: str) -> "subprocess.CompletedProcess[str]":
    """Run `bootstrap.py tests` in a Python in which `first` was done before."""
    script = f"runpy.run_path({str(BOOTSTRAP)!r}, run_name='__main__')"
    code = f"import sys, runpy; {first}; sys.argv = ['b', 'tests']; {script}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_bootstrap_can_be_read_by_pythons_that_are_too_old() -> None:
    ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 4))


@pytest.mark.parametrize(("version", "says"), [((3, 8), "this is Python 3.8"), ((3, 14), "this is Python 3.14")])
def test_a_python_of_the_wrong_version_is_told_so(version: tuple[int, int], says: str) -> None:
    done = _run(f"sys.version_info = {(*version, 0)}")
    assert done.returncode == 2
    assert says in done.stderr
    assert "3.11, 3.12 or 3.13" in done.stderr


def test_a_python_without_venv_is_told_what_to_install() -> None:
    done = _run("sys.modules['ensurepip'] = None")
    assert done.returncode == 2
    assert "-venv" in done.stderr


def test_without_an_environment_it_says_what_it_can_do() -> None:
    done = subprocess.run([sys.executable, str(BOOTSTRAP)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "bootstrap.py demo" in done.stdout
