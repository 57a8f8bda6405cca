"""ONNX: the written file passes the checker, and other programs make the same picture from it."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.translator.inference.networks import Small
from translator.card import ModelCard
from translator.errors import InputError
from translator.fill.evidence import PLANE_NAMES, PLANES
from translator.inference import onnx_file
from translator.inference.engines import has_openvino
from translator.inference.heads import Values
from translator.inference.onnx_file import write_onnx
from translator.inference.torch_engine import TorchEngine
from translator.weights import find_weights, shipped_names

_missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(_missing), reason=f"not installed: {', '.join(_missing)}")
SHAPES = ((2, PLANES, 64, 72), (1, PLANES, 40, 8), (3, PLANES, 8, 96))


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return find_weights(shipped_names()[0]).card


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, card: ModelCard) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "small.onnx"
    write_onnx(Small(with_spread=True), card, path)
    return path


def _expected(planes: Values) -> tuple[Values, Values]:
    made = TorchEngine(Small(with_spread=True), "cpu", 1).run(planes)
    assert made.spread is not None
    return made.refined, made.spread


def test_onnx_runtime_gives_the_values_of_torch(written: Path) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(written, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["refined", "spread"]
    for shape in SHAPES:
        planes = np.random.default_rng(0).random(shape, np.float32)
        for made, expected in zip(session.run(None, {"planes": planes}), _expected(planes), strict=True):
            assert np.abs(made - expected).max() * 255 < 0.01


@pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")
def test_openvino_reads_the_file_too(written: Path) -> None:
    from translator.inference.openvino_engine import import_openvino

    model = import_openvino().Core().compile_model(written, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    planes = np.random.default_rng(0).random(SHAPES[0], np.float32)
    for index, expected in enumerate(_expected(planes)):
        assert np.abs(model(planes)[index] - expected).max() * 255 < 0.01


def test_the_file_names_weights_card_and_planes_and_nothing_of_this_machine(written: Path, card: ModelCard) -> None:
    import onnx

    model = onnx.load(written)
    about = {item.key: item.value for item in model.metadata_props}
    assert about["weights_sha256"] == card.weights_sha256
    assert about["card"] == card.name
    assert len(json.loads(about["planes"])) == PLANES
    assert str(Path(onnx_file.__file__).parent).encode() not in written.read_bytes()
    assert b".py" not in written.read_bytes()


def test_the_planes_of_this_version_have_names() -> None:
    assert len(PLANE_NAMES) == PLANES


def test_without_the_exporter_the_error_says_what_to_install(
    tmp_path: Path, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install .sonoproof\[onnx\]."):
        write_onnx(Small(with_spread=False), card, tmp_path / "a.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_bad_input(tmp_path: Path, card: ModelCard) -> None:
    with pytest.raises(InputError, match="is no folder"):
        write_onnx(Small(with_spread=False), card, tmp_path / "none" / "a.onnx")
