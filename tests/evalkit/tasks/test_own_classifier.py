"""The user's own classifier: a table of predictions, a Python object, ONNX, TorchScript; and what is wrong with one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from evalkit.records import REAL, Prediction
from evalkit.tasks.registry import make_task
from tests.evalkit.tasks.benches import ArrayBench, two_views, view_bench
from translator.clips.clip import Clip
from translator.errors import InputError

NETWORK = {"classes": ["A2C", "A4C"], "size": [24, 24], "channels": 1, "frames": 2}


def _measure(bench: ArrayBench, source: str, **more: Any) -> list[Prediction]:
    task = make_task("view", "view-classification", {"model": {"source": source, **more}})
    return list(task.measure(bench).predictions)


def _table(folder: Path, lines: list[str], head: str = "clip_id,arm,predicted") -> str:
    file = folder / "said.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return f"csv:{file}"


def _onnx(folder: Path, classes: int = 2, logits: bool = True) -> str:
    """Logits: how much rows differ from each other (A4C), and columns (A2C); any more classes get 0."""
    step = np.zeros((classes, 1, 2, 2), np.float32)
    step[0, 0] = [[1, -1], [1, -1]]
    step[1, 0] = [[1, 1], [-1, -1]]
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("Abs", ["c"], ["a"]),
        helper.make_node("GlobalAveragePool", ["a"], ["g"]),
        helper.make_node("Flatten", ["g"], ["y" if logits else "z"]),
        *([] if logits else [helper.make_node("Softmax", ["z"], ["y"], axis=1)]),
    ]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", classes])],
        [numpy_helper.from_array(step, "w")],
    )  # fmt: skip
    file = folder / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), file)
    return f"onnx:{file}"


def across(clip: Clip) -> dict[str, float]:
    """A classifier that a user wrote: which way do the stripes go?"""
    frame = clip.array()[0].astype(float)
    a4c = float(np.abs(np.diff(frame, axis=0)).mean() > np.abs(np.diff(frame, axis=1)).mean())
    return {"A4C": a4c, "A2C": 1 - a4c}


def name_only(clip: Clip) -> str:
    """A classifier without probabilities."""
    return "A4C"


def wrong(clip: Clip) -> dict[str, float]:
    """Gives no distribution."""
    return {"A4C": 0.9, "A2C": 0.9}


@pytest.fixture
def bench(tmp_path: Path) -> ArrayBench:
    return two_views(tmp_path / "store", {"copy": lambda clip: clip.frames})


def test_a_python_object_is_asked_about_every_version(bench: ArrayBench) -> None:
    rows = _measure(bench, f"{__name__}:across")
    assert {row.arm for row in rows} == {REAL, "copy"}
    assert all(row.predicted == row.label for row in rows)


def test_a_class_without_probabilities_is_an_answer_and_has_no_true_probability(bench: ArrayBench) -> None:
    done = make_task("view", "view-classification", {"model": {"source": f"{__name__}:name_only"}}).measure(bench)
    assert {row.probabilities for row in done.predictions} == {""}
    notes = {m.note for m in done.measurements if m.metric == "view.true_probability"}
    assert notes == {"not computed: the model gives no probabilities"}


def test_what_is_no_distribution_is_the_models_failure_and_not_the_arms(bench: ArrayBench) -> None:
    (note,) = {(row.status, row.note) for row in _measure(bench, f"{__name__}:wrong")}
    assert note[0] == "undefined"
    assert "the model failed" in note[1]
    assert "sum to 1.8" in note[1]


@pytest.mark.parametrize("engine", ["onnxruntime", "opencv"])
def test_an_onnx_network_is_run(
    bench: ArrayBench, tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.tasks.network_files.engine_of", lambda kind: engine)
    rows = _measure(bench, _onnx(tmp_path), **NETWORK)
    assert all(row.predicted == row.label for row in rows)
    assert all(sum(json.loads(row.probabilities).values()) == pytest.approx(1) for row in rows)


def test_a_torchscript_network_is_run(bench: ArrayBench, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")

    class Net(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            down, across = x.diff(dim=-1).abs().mean((1, 2, 3)), x.diff(dim=-2).abs().mean((1, 2, 3))
            return torch.stack([down, across], 1) * 10

    file = tmp_path / "net.pt"
    torch.jit.trace(Net(), torch.zeros(2, 1, 24, 24)).save(file)
    rows = _measure(bench, f"torchscript:{file}", **NETWORK)
    assert all(row.predicted == row.label for row in rows)


def test_a_network_that_does_not_fit_is_refused_with_what_it_gave(bench: ArrayBench, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gives outputs of shape \(2, 3\)"):
        _measure(bench, _onnx(tmp_path, classes=3), **NETWORK)
    with pytest.raises(InputError, match=r"cannot be run on an input of shape \(2, 3, 24, 24\)"):
        _measure(bench, _onnx(tmp_path), **{**NETWORK, "channels": 3})
    with pytest.raises(InputError, match="gives rows that sum to"):
        _measure(bench, _onnx(tmp_path), **NETWORK, output="probabilities")
    (tmp_path / "x.onnx").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"x.onnx: cannot be loaded as ONNX"):
        _measure(bench, f"onnx:{tmp_path / 'x.onnx'}", **NETWORK)
    with pytest.raises(InputError, match=r"x.onnx: cannot be loaded as TorchScript"):
        _measure(bench, f"torchscript:{tmp_path / 'x.onnx'}", **NETWORK)


def test_a_view_that_the_network_has_no_class_for_is_not_asked_about(tmp_path: Path) -> None:
    bench = view_bench(tmp_path / "store", {"test": ["A2C", "PLAX", None]}, {})
    rows = _measure(bench, _onnx(tmp_path), **NETWORK)
    assert [row.note for row in rows] == [
        "", "not computed: the model has no class 'PLAX'", "not computed: the clip has no view"
    ]  # fmt: skip


def test_a_table_gives_the_rows_that_it_has_and_says_where_it_has_none(bench: ArrayBench, tmp_path: Path) -> None:
    lines = [f"c{i},{arm},A2C,{seed},0.75,0.25" for i in range(8, 14) for arm in ("real", "copy") for seed in (3, 4)]
    rows = _measure(bench, _table(tmp_path, lines[1:], "clip_id,arm,predicted,seed,p[A2C],p[A4C]"))
    assert {row.seed for row in rows} == {3, 4}
    assert json.loads(rows[1].probabilities) == {"A2C": 0.75, "A4C": 0.25}
    missing = [row for row in rows if row.status != "ok"]
    assert [(row.clip_id, row.arm, row.seed, row.note) for row in missing] == [
        ("c8", REAL, 3, "not computed: said.csv has no prediction of this clip and arm")
    ]


def test_every_fault_of_a_table_is_told_by_row(tmp_path: Path) -> None:
    lines = ['c1,real,A2C,x,"{""A2C"": 1}"', "c2,real,,1,", 'c3,real,A2C,1,"{""A2C"": 0.6}"', "c4,real,A2C,1,nothing",
             'c5,real,A2C,1,"{""A4C"": 1}"', "c6,real,A2C,1,", "c6,real,A4C,1,", "c7,real,A2C"]  # fmt: skip
    source = _table(tmp_path, lines, "clip_id,arm,predicted,seed,probabilities")
    with pytest.raises(InputError) as caught:
        make_task("view", "view-classification", {"model": {"source": source}})
    assert [str(fault).partition(". ")[0] for fault in caught.value.faults] == [
        "said.csv: row 2, seed: is 'x'",
        "said.csv: row 3, predicted: is empty",
        "said.csv: row 4, probabilities: sum to 0.6",
        "said.csv: row 5, probabilities: is no JSON",
        "said.csv: row 6, predicted: is 'A2C', which is not the most probable",
        "said.csv: row 8: clip 'c6', arm 'real', seed 1 stands there twice",
        "said.csv: row 9: has 3 cells, the header has 5",
    ]


def test_a_table_of_another_study_is_refused(bench: ArrayBench, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"names an arm 'copi'.*Did you mean 'copy'"):
        _measure(bench, _table(tmp_path, ["c8,copi,A2C"]))
    with pytest.raises(InputError, match="has no row of a clip of the study, as c8, c9, c10"):
        _measure(bench, _table(tmp_path, ["z,real,A2C"]))
    with pytest.raises(InputError, match=r"has an unknown column 'clipid'"):
        _measure(bench, _table(tmp_path, ["z,real,A2C"], "clipid,arm,predicted"))


def test_faults_of_the_model_are_told_at_once(tmp_path: Path) -> None:
    wrongs = [
        ({"source": "csv:nowhere.csv"}, "there is no file 'nowhere.csv'"),
        ({"source": f"{__name__}:nothing"}, "cannot be imported"),
        ({"source": f"{__name__}:NETWORK"}, "cannot be called"),
        ({"source": "nothing"}, "source is csv:FILE"),
        ({"source": _onnx(tmp_path)}, "needs `classes`"),
        ({"source": _onnx(tmp_path), "klasses": []}, "unknown key 'klasses'. Did you mean 'classes'?"),
    ]
    for model, words in wrongs:
        with pytest.raises(InputError, match=words.replace("?", r"\?")):
            make_task("view", "view-classification", {"model": model})
    with pytest.raises(InputError, match="nothing is trained where `model` is given"):
        make_task("view", "view-classification", {"model": {"source": f"{__name__}:across"}, "seeds": 4})


def test_the_identity_of_a_model_has_its_hash_and_no_path(tmp_path: Path) -> None:
    task = make_task("view", "view-classification", {"model": {"source": _onnx(tmp_path), **NETWORK}})
    told = json.dumps(task.identity)
    assert str(tmp_path) not in told
    assert len(task.identity["model"]["sha256"]) == 64
