"""View classification: does a classifier see the same view in what an arm makes as in the real clip?

A small classifier is trained on the real greyscale clips of the split `train`, several times with different seeds, and
says of the real and of each arm's version of every test clip which class it has. Any manifest column can be the class.
Rows of predictions are named after the task. With `train_on` a second and third set tells whether synthetic data help:
`NAME.train-synthetic` and `NAME.train-real+synthetic` are predictions of REAL test clips, whose `arm` is the one that
made the training clips; in the rows of arm "real" the model was trained on real clips, to be compared with.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalkit.metrics.declare import Metric
from evalkit.records import REAL, Measurement, Prediction
from evalkit.tasks.clip_inputs import FROZEN, Look
from evalkit.tasks.clip_scores import scored
from evalkit.tasks.declare import Bench, Part, TaskRows, Version, output
from evalkit.tasks.folds import Fold, holdout, subject_folds
from evalkit.tasks.options import read_options
from evalkit.tasks.own_classifier import OwnClassifier
from evalkit.tasks.trained_classifier import NO_FOLD, Failure, Fitted, Trainer, seen
from evalkit.tasks.view_options import TrainOn, ViewOptions
from translator.artefacts import canonical_json, file_digest
from translator.clips.manifest import Entry
from translator.errors import InputError, bad_input
from translator.pins import PINS
from translator.weights import WeightsAbsentError, find_pinned

KIND, VERSION = "view-classification", 1
_SOURCE = "arXiv:2511.03255 (view classification); outputs by Sonoproof"
_KINDS: tuple[TrainOn, ...] = ("real", "synthetic", "real+synthetic")  # the others are compared with the first
Labelled = dict[str, tuple[Entry, str]]
Answer = dict[str, float] | str | Failure  # probabilities, a class alone, or why there is none


def make_views(name: str, options: Mapping[str, Any]) -> "Views":
    """The maker of this kind.

    Raises: InputError listing what is wrong with the options.
    """
    return Views(name, read_options(ViewOptions, name, options))


class Views:
    """The task."""

    def __init__(self, name: str, options: ViewOptions) -> None:
        """Choose the backbone: `auto` is the frozen one where its weights are, else the small one from scratch."""
        self.name, self.options = name, options
        self.backbone = _chosen(options.backbone)
        self.own = None if options.model is None else OwnClassifier(name, options.model, options.column)

    @property
    def outputs(self) -> tuple[Metric, ...]:
        """Of each clip: whether its class is found, and the probability of its class; means over training seeds."""
        found = [
            output(self.name, "correct", "Share of training seeds that give the clip its class", (0, 1),
                   source=_SOURCE, higher_is_better=True),
            output(self.name, "true_probability", "Probability given to the clip's class, mean over training seeds",
                   (0, 1), source=_SOURCE, higher_is_better=True),
        ]  # fmt: skip
        found += [
            output(self.name, f"correct[train-{kind}]", f"As correct, of real clips, trained on the arm's {kind} clips",
                   (0, 1), source=_SOURCE, higher_is_better=True)
            for kind in self.options.train_on if kind != "real"
        ]  # fmt: skip
        return tuple(found)

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Kind, version, options without paths, and hashes of weights."""
        about = {
            "kind": KIND,
            "version": VERSION,
            "options": self.options.model_dump(exclude={"model", "backbone_weights"}),
        }
        if self.own is not None:
            return {**about, "model": self.own.identity}
        weights = self.options.backbone_weights
        return {
            **about,
            "backbone": self.backbone,
            "look": self._look.identity,
            "weights": None if weights is None else file_digest(Path(weights)),
        }

    @property
    def _look(self) -> Look:
        return Look("features" if self.backbone == FROZEN else "frames", self.options.frames, self.options.size)

    def measure(self, bench: Bench) -> TaskRows:
        """Train, and predict every version of every test clip.

        Raises: InputError if there is nothing to train on, only one class, no weights, or a bad model of the user's.
        """
        if self.own is not None:
            self.own.check(bench)
            predictions = [row for arm in (REAL, *bench.arms) for row in self._asked(bench, arm)]
            details: dict[str, Any] = {"trained": False, "model": self.own.identity}
            return TaskRows(self._measured(predictions, bench), predictions, {**self._about([self.name]), **details})
        labelled = self._labelled(bench)
        folds = self._folds(labelled, bench.seed)
        trainer = Trainer(self.name, self.options, self.backbone, self._look, bench)
        predictions, tasks, told = [], [], []
        baseline: list[Prediction] = []
        for kind in sorted(self.options.train_on, key=_KINDS.index):
            task = self.name if kind == "real" else f"{self.name}.train-{kind}"
            tasks.append(task)
            if kind == "real":
                fitted = trainer.fit(folds, labelled, self._training(bench, REAL, "real"), REAL)
                told.append(fitted.told)
                baseline = self._predicted(bench, task, REAL, bench.real("test"), fitted, trainer)
                predictions += baseline
                for arm in bench.arms:
                    predictions += self._predicted(bench, task, arm, bench.made(arm, "test"), fitted, trainer)
                    predictions += self._without_colour(bench, arm)
                continue
            predictions += [_under(row, task) for row in baseline]
            for arm in bench.arms:
                predictions += self._helped(bench, task, arm, kind, folds, labelled, trainer, told)
        details = {"trained": True, "backbone": self.backbone, "models": told}
        return TaskRows(self._measured(predictions, bench), predictions, {**self._about(tasks), **details})

    def _helped(
        self, bench: Bench, task: str, arm: str, kind: TrainOn, folds: list[Fold], labelled: dict[str, Labelled],
        trainer: Trainer, told: list[Any],
    ) -> list[Prediction]:  # fmt: skip
        """Predictions of the real test clips by models that were trained on what an arm made."""
        tested = bench.real("test")
        try:
            fitted = trainer.fit(folds, labelled, self._training(bench, arm, kind), arm)
        except InputError as error:
            why = f"not computed: {error.faults[0].what}"
            return [self._row(task, arm, each.entry, bench.seed, Failure("undefined", why)) for each in tested]
        told.append({**fitted.told, "train_on": kind})
        return self._predicted(bench, task, arm, tested, fitted, trainer)

    def _without_colour(self, bench: Bench, arm: str) -> list[Prediction]:
        """Rows of real clips of which the arm was given nothing."""
        made = {each.entry.clip_id for each in bench.made(arm, "test")}
        left = [each.entry for each in bench.real("test") if each.entry.clip_id not in made]
        why = Failure("undefined", "not computed: the clip has no colour Doppler")
        return [self._row(self.name, arm, entry, bench.seed, why) for entry in left]

    def _about(self, tasks: Sequence[str]) -> dict[str, Any]:
        return {"kind": KIND, "column": self.options.column, "classification": list(tasks)}

    @property
    def _parts(self) -> tuple[Part, ...]:
        return ("test",) if self.options.cross_validate else ("train", "validation")

    def _label(self, entry: Entry) -> str | None:
        found: str | None = getattr(entry, self.options.column)
        return found

    def _labelled(self, bench: Bench) -> dict[str, Labelled]:
        """Part -> clip_id -> row and label."""
        found: dict[str, Labelled] = {}
        for part in self._parts:
            rows = ((each.entry, self._label(each.entry)) for each in bench.real(part))
            found[part] = {entry.clip_id: (entry, label) for entry, label in rows if label is not None}
        return found

    def _folds(self, labelled: dict[str, Labelled], seed: int) -> list[Fold]:
        column, k = self.options.column, self.options.cross_validate
        chosen = labelled["test" if k else "train"]
        part = "the study's split" if k else "split train"
        where, classes = f"task {self.name!r}", sorted({label for _, label in chosen.values()})
        if not chosen:
            remedy = f"Fill the column {column}" if k else f"Add clips with {column}, or set cross_validate = 5"
            raise bad_input(where, f"no real clip of {part} has a {column}", remedy)
        if len(classes) == 1:
            raise bad_input(where, f"all real clips of {part} have {column} {classes[0]!r}", "Give a second class")
        if k:
            return subject_folds(chosen, k, seed, where)
        known = {clip: row for clip, row in labelled["validation"].items() if row[1] in classes}
        return [holdout(chosen, known, seed)]

    def _training(self, bench: Bench, arm: str, kind: TrainOn) -> list[Version]:
        """Every version that a model of this kind may be fitted to or watched on."""
        found: list[Version] = []
        for part in self._parts:
            found += bench.real(part) if kind != "synthetic" else []
            found += bench.made(arm, part) if kind != "real" else []
        return [each for each in found if self._label(each.entry) is not None]

    def _predicted(
        self, bench: Bench, task: str, arm: str, versions: Sequence[Version], fitted: Fitted, trainer: Trainer
    ) -> list[Prediction]:
        """Rows of one arm: for every version and seed."""
        rows: list[Prediction] = []
        able: dict[int, list[tuple[Version, Any]]] = {}
        for index, version in enumerate(versions):
            bench.progress(f"{task}: {arm}", index, len(versions))
            fold = fitted.fold_of(version.entry.clip_id)
            why = self._unfit(version.entry, fitted, fold)
            found = why if why is not None else seen(version, trainer.look, bench)
            if isinstance(found, Failure):
                rows += [self._row(task, arm, version.entry, seed, found) for seed in trainer.seeds]
            else:
                able.setdefault(fold, []).append((version, found))
        for fold, pairs in able.items():
            for seed in trainer.seeds:
                said = trainer.predict(fitted, fold, seed, [inputs for _, inputs in pairs])
                rows += [
                    self._row(task, arm, version.entry, seed, dict(zip(fitted.names, map(float, one), strict=True)))
                    for (version, _), one in zip(pairs, said, strict=True)
                ]
        bench.progress(f"{task}: {arm}", len(versions), len(versions))
        return rows

    def _unfit(self, entry: Entry, fitted: Fitted, fold: int) -> Failure | None:
        """Why a clip cannot be asked about: it has no class, or one that the model never saw."""
        label, column = self._label(entry), self.options.column
        if label is None:
            return Failure("undefined", f"not computed: the clip has no {column}")
        if fold == NO_FOLD:
            return Failure("undefined", "not computed: the clip has no real version, so it is in no fold")
        if fold in fitted.untrained:
            return Failure("undefined", f"not computed: {fitted.untrained[fold]}")
        if label not in fitted.classes[fold]:
            who = "no clip of the other folds" if self.options.cross_validate else "no training clip"
            return Failure("undefined", f"not computed: {who} has {column} {label!r}")
        return None

    def _asked(self, bench: Bench, arm: str) -> list[Prediction]:
        """Rows of the user's own model."""
        own = self.own
        if own is None:
            raise ValueError("the task has no model of the user's")
        rows: list[Prediction] = []
        versions = bench.real("test") if arm == REAL else bench.made(arm, "test")
        for index, version in enumerate(versions):
            bench.progress(f"{self.name}: {arm}", index, len(versions))
            label = self._label(version.entry)
            why = (
                Failure("undefined", f"not computed: the clip has no {self.options.column}") if label is None else None
            )
            answers = {bench.seed: why} if why is not None else own.ask(version, bench)
            rows += [self._row(self.name, arm, version.entry, seed, each) for seed, each in answers.items()]
        bench.progress(f"{self.name}: {arm}", len(versions), len(versions))
        return rows

    def _row(self, task: str, arm: str, entry: Entry, seed: int, answer: Answer) -> Prediction:
        who = (task, arm, entry.clip_id, entry.subject_id, seed, self._label(entry))
        if isinstance(answer, Failure):
            return Prediction(*who, None, "", answer.status, answer.note)
        if isinstance(answer, str):
            return Prediction(*who, answer, "", "ok")
        said = max(answer, key=lambda name: (answer[name], name))
        return Prediction(*who, said, canonical_json(answer), "ok")

    def _measured(self, predictions: Sequence[Prediction], bench: Bench) -> list[Measurement]:
        """The numbers of clips: means over the seeds of their predictions; and why a clip has none."""
        pairing = {each.entry.clip_id: each.entry.pairing for each in bench.real("test")}
        pairing |= {each.entry.clip_id: each.entry.pairing for arm in bench.arms for each in bench.made(arm, "test")}
        return scored(self.name, predictions, pairing)


def _under(row: Prediction, task: str) -> Prediction:
    return Prediction(**{**vars(row), "task": task})


def _chosen(backbone: str) -> str:
    """`auto` resolved; what is named is taken, and its weights are asked for when it is used."""
    if backbone != "auto":
        return backbone
    try:
        find_pinned(PINS[FROZEN].name)
    except WeightsAbsentError:
        return "small"
    return FROZEN if find_spec("efficientnet_lite_pytorch") is not None else "small"
