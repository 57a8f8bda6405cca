"""A classifier that the user brings: a network, a Python object, or a table of finished predictions."""

import sys
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from evalkit.records import REAL
from evalkit.tasks.declare import Bench, Version
from evalkit.tasks.network_files import engine_of
from evalkit.tasks.own_network import OwnNetwork
from evalkit.tasks.prediction_table import PredictionTable, checked_probabilities, read_predictions
from evalkit.tasks.trained_classifier import Failure
from evalkit.tasks.view_options import OwnModel
from translator.artefacts import file_digest, installed_version
from translator.clips.clip import Clip
from translator.errors import bad_input

Answer = dict[str, float] | str | Failure
_PACKAGES = {"torch": "torch", "onnxruntime": "onnxruntime", "opencv": "opencv-python-headless"}


class OwnClassifier:
    """Asks the user's classifier about versions of clips. A network is loaded when the first clip is there."""

    def __init__(self, task: str, about: OwnModel, column: str) -> None:
        """Raises: InputError for a table with faults, or an object that cannot be imported."""
        self.where, self.about, self.column = f"task {task!r}: model", about, column
        self.table: PredictionTable | None = read_predictions(about.file) if about.kind == "csv" else None
        self.object = _imported(about.source, self.where) if about.kind == "object" else None

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What it is, without the path of its file."""
        about = self.about
        declared = about.model_dump(exclude={"source"}) if about.kind in ("torchscript", "onnx") else {}
        if self.object is None:
            engine = "" if about.kind == "csv" else engine_of(about.kind)
            ran = {"engine": engine, "version": installed_version(_PACKAGES[engine])} if engine else {}
            return {"kind": about.kind, "sha256": file_digest(about.file), **ran, **declared}
        said = getattr(self.object, "identity", None)
        file = getattr(sys.modules.get(about.source.partition(":")[0]), "__file__", None)
        return {"kind": "object", "object": about.source, "identity": said if isinstance(said, Mapping) else None,
                "source": file_digest(Path(file)) if file else ""}  # fmt: skip

    @cached_property
    def network(self) -> OwnNetwork:
        """The network; loaded and tried. Raises: InputError."""
        return OwnNetwork(self.about)

    def check(self, bench: Bench) -> None:
        """Raises: InputError if the model cannot be used on these clips at all."""
        if self.table is not None:
            clips = [each.entry.clip_id for each in bench.real("test")]
            clips += [each.entry.clip_id for arm in bench.arms for each in bench.made(arm, "test")]
            self.table.check((REAL, *bench.arms), clips)
        elif self.object is None:
            _ = self.network

    def ask(self, version: Version, bench: Bench) -> dict[int, Answer]:
        """Seed -> what it says of the version, or why it says nothing."""
        clip_id, label = version.entry.clip_id, getattr(version.entry, self.column)
        if self.table is not None:
            none = Failure("undefined", f"not computed: {self.table.file} has no prediction of this clip and arm")
            return {seed: self.table.answers.get((clip_id, version.arm, seed), none) for seed in self.table.seeds}
        if self.about.classes and label not in self.about.classes:
            return {bench.seed: Failure("undefined", f"not computed: the model has no class {label!r}")}
        try:
            clip = version.clip()
        except Exception as error:  # an arm is foreign code and a file can be damaged
            words = bench.reason(version, error)
            if version.arm == REAL:
                return {bench.seed: Failure("undefined", f"not computed: the data cannot be read: {words}")}
            return {bench.seed: Failure("failed", words)}
        try:
            return {bench.seed: self.network.probabilities(clip) if self.object is None else self._said(clip)}
        except Exception as error:  # so is the user's model
            why = f"not computed: the model failed: {bench.reason(version, error)}"
            return {bench.seed: Failure("undefined", why)}

    def _said(self, clip: Clip) -> Answer:
        found = self.object(clip)  # type: ignore[misc]
        if isinstance(found, str) and found:
            return found
        if not isinstance(found, Mapping) or not found:
            raise bad_input(self.where, f"gave {type(found).__name__}", "Give a class, or a mapping of probabilities")
        try:
            return checked_probabilities(dict(found))
        except ValueError as error:
            raise bad_input(self.where, f"probabilities {error}", "Give numbers that sum to 1") from None


def _imported(source: str, where: str) -> Any:
    """The object itself, or what a class or `make` function without arguments gives."""
    module, _, attribute = source.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does: a user's module lies where the command is run
    try:
        found = getattr(import_module(module), attribute)
        made = found() if isinstance(found, type) else found
    except Exception as error:  # a user's module can raise anything
        what = f"{source!r} cannot be imported ({type(error).__name__}: {error})"
        raise bad_input(where, what, "Give module:object that Python can import from here") from None
    if not callable(made):
        raise bad_input(where, f"{source!r} is {type(made).__name__}, which cannot be called", "Give f(clip)")
    return made
