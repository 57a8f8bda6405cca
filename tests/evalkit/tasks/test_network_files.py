"""Networks that a user brings, as TorchScript and as ONNX, through the segmentation task's reader of logits."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn

from evalkit.networks.segmenter import by_logits, shrunk
from evalkit.tasks.network_files import kind_of, load_network
from translator.errors import InputError


class _Threshold(nn.Module):
    """Logits of two classes: dark and bright."""

    def forward(self, batch: Tensor) -> Tensor:
        return torch.cat([0.5 - batch, batch - 0.5], dim=1)


@pytest.fixture
def torchscript(tmp_path: Path) -> Path:
    path = tmp_path / "net.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(_Threshold(), torch.zeros(1, 1, 32, 32)), str(path))  # type: ignore[no-untyped-call]
    return path


@pytest.fixture
def onnx(tmp_path: Path) -> Path:
    half = helper.make_tensor("half", TensorProto.FLOAT, [], [0.5])
    nodes = [
        helper.make_node("Sub", ["half", "x"], ["dark"]),
        helper.make_node("Sub", ["x", "half"], ["bright"]),
        helper.make_node("Concat", ["dark", "bright"], ["logits"], axis=1),
    ]
    shape = ["n", 1, 32, 32]
    graph = helper.make_graph(
        nodes, "threshold",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2, 32, 32])],
        [half],
    )  # fmt: skip
    path = tmp_path / "net.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("kind", ["torchscript", "onnx"])
def test_logits_become_classes_of_the_frames_own_size(kind: str, request: pytest.FixtureRequest) -> None:
    frames = np.zeros((3, 64, 48), np.uint8)
    frames[:, 16:40, 12:36] = 255
    found = by_logits(load_network(request.getfixturevalue(kind), kind), 32)(frames)
    assert found.shape == frames.shape
    assert found.dtype == np.uint8
    wrong = found != (frames > 0)
    assert wrong.mean() < 0.05
    assert not wrong[:, 18:38, 14:34].any()


@pytest.mark.parametrize("name", ["net.pt", "net.onnx"])
def test_a_file_that_is_no_network_is_refused_without_running_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.")
    with pytest.raises(InputError, match="cannot be loaded as"):
        load_network(tmp_path / name, kind_of(tmp_path / name))


def test_labels_are_shrunk_without_new_values() -> None:
    labels = np.zeros((1, 100, 100), np.uint8)
    labels[:, 50:] = 255
    assert set(np.unique(shrunk(labels, 32, labels=True))) == {0, 255}
