"""Layers that import-linter cannot see: what is loaded in a fresh process, and the lazy public faces."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys

import pytest

WALK = """
import importlib, importlib.util, json, pkgutil, sys

root, leave_out = sys.argv[1], set(sys.argv[2:])

def walk(name):
    yield name
    module = importlib.import_module(name)
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        full = f"{name}.{found.name}"
        if full not in leave_out:
            yield from walk(full)

names = list(walk(root))
for name in names:
    importlib.import_module(name)
loaded = sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "torchvision"})
print(json.dumps({"imported": names, "loaded": loaded}))
"""
TORCH_FREE = (
    "clips",
    "regions",
    "simulate",
    "fill",
    "artefacts",
    "weights",
    "pins",
    "card",
    "translation",
    "errors",
    "datasets",
    "evidence_files",
)
NEED_TORCH = ("translator.networks", "translator.training", "translator.inference")


def _fresh(code: str, *arguments: str) -> str:
    """Standard output of the code in a fresh process that finds the same packages."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("package", "left_out", "some_module"),
    [
        ("evalkit", ("evalkit.networks",), "evalkit.backbones"),
        ("reports", (), "reports"),
        ("translator", NEED_TORCH, "translator.simulate.dataset"),
    ],
)
def test_importing_every_module_does_not_load_torch(package: str, left_out: tuple[str, ...], some_module: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not here")
    found = json.loads(_fresh(WALK, package, *left_out))
    assert some_module in found["imported"]
    assert found["loaded"] == []


@pytest.mark.parametrize("part", TORCH_FREE)
def test_each_torch_free_part_of_translator_is_walked(part: str) -> None:
    """So that a part that moves elsewhere is not lost from the test above."""
    assert importlib.util.find_spec(f"translator.{part}") is not None


def test_the_probe_would_see_torch() -> None:
    code = WALK.replace("names = list", "import types; sys.modules['torch'] = types.ModuleType('torch')\nnames = list")
    assert '"loaded": ["torch"]' in _fresh(code, "translator.errors")


@pytest.mark.parametrize("package", ["translator", "evalkit"])
def test_a_package_face_loads_every_name_that_it_promises(package: str) -> None:
    face = importlib.import_module(package)
    assert len(face.__all__) == len(set(face.__all__)) > 0
    for name in face.__all__:
        found = getattr(face, name)
        assert callable(found)
        assert found.__name__ == name


@pytest.mark.parametrize("package", ["translator", "evalkit"])
def test_a_package_face_has_no_other_names(package: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nonsense'"):
        _ = importlib.import_module(package).nonsense


@pytest.mark.parametrize("package", ["translator", "evalkit"])
def test_importing_a_package_face_loads_none_of_its_parts(package: str) -> None:
    code = f"import sys, {package}; print([name for name in sys.modules if name.startswith('{package}.')])"
    assert _fresh(code).strip() == "[]"
