"""Fit the small classifier of clips, once for each fold and training seed, and keep each model with its card."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.backbones import extractor, find_backbone
from evalkit.records import REAL, Status
from evalkit.tasks.clip_inputs import FROZEN, Look, inputs_of
from evalkit.tasks.declare import Bench, Version
from evalkit.tasks.folds import Fold, subjects_of
from evalkit.tasks.view_options import ViewOptions
from translator.artefacts import Store, file_digest, installed_version
from translator.clips.manifest import Entry
from translator.errors import bad_input

MODEL_VERSION = 1
NO_FOLD = -1
_LONG = ("inputs", "watched")  # of a card, one entry a clip
Labelled = Mapping[str, Mapping[str, tuple[Entry, str]]]
Inputs = NDArray[Any]


@dataclass(frozen=True)
class Failure:
    """Why a version of a clip has no prediction."""

    status: Status
    note: str


@dataclass(frozen=True)
class Fitted:
    """Models by fold and seed. `names` are the classes in the order of the outputs, `classes` those that a fold's
    models have seen; `untrained` says why a fold has no model; `told` is for the report."""

    folds: Sequence[Fold]
    names: tuple[str, ...]
    classes: Mapping[int, frozenset[str]]
    untrained: Mapping[int, str]
    models: Mapping[tuple[int, int], Path]
    told: dict[str, Any]

    def fold_of(self, clip_id: str) -> int:
        """The fold that tests the clip, or NO_FOLD."""
        return next((fold.number for fold in self.folds if fold.tests(clip_id)), NO_FOLD)


@dataclass(frozen=True)
class _Set:
    """Clips that a model is fitted to or watched on: who they are, what it is given, and their class."""

    keys: dict[str, str]
    clips: list[str]
    inputs: Inputs
    codes: NDArray[np.intp]


class Trainer:
    """Trains and asks the classifier of one task."""

    def __init__(self, name: str, options: ViewOptions, backbone: str, look: Look, bench: Bench) -> None:
        """Raises: InputError if the frozen backbone has no weights."""
        self.name, self.options, self.backbone, self.look, self.bench = name, options, backbone, look, bench
        self.seeds = [bench.seed + number for number in range(options.seeds)]
        if look.kind == "features":
            extractor(find_backbone(FROZEN))

    def fit(self, folds: Sequence[Fold], labelled: Labelled, versions: Sequence[Version], arm: str) -> Fitted:
        """Fit a model for each fold and seed to these versions.

        Raises: InputError if no fold can be trained.
        """
        label = {clip: row[1] for part in labelled.values() for clip, row in part.items()}
        rows = {clip: row for part in labelled.values() for clip, row in part.items()}
        versions = [each for each in versions if each.entry.clip_id in label]
        found = self._inputs(versions, arm)
        lost = {each.entry.clip_id: why.note for each, why in found if isinstance(why, Failure)}
        usable = [(each, inputs) for each, inputs in found if not isinstance(inputs, Failure)]
        names = tuple(
            sorted({label[v.entry.clip_id] for v, _ in usable if any(v.entry.clip_id in f.fit for f in folds)})
        )
        classes, untrained, models, told = {}, {}, {}, []
        for fold in folds:
            fit = _set(usable, fold.fit, label, names)
            classes[fold.number] = frozenset(names[code] for code in set(fit.codes.tolist()))
            if len(classes[fold.number]) < 2:
                untrained[fold.number] = self._one_class(classes[fold.number])
                continue
            watched = _set(usable, {c for c in fold.watched if label[c] in classes[fold.number]}, label, names)
            for seed in self.seeds:
                place = self._model(fold, fit, watched, names, seed, _store(usable, self.bench), arm, rows)
                models[fold.number, seed] = place
                card = json.loads((place / "card.json").read_text(encoding="utf-8"))
                told.append({key: value for key, value in card.items() if key not in _LONG})
        if not models:
            raise bad_input(f"task {self.name!r}", next(iter(untrained.values())), "Give clips of a second class")
        about = {
            "arm": arm, "train_on": "real" if arm == REAL else "synthetic", "classes": list(names), "trainings": told,
            "left_out": lost, "untrained": {str(number): why for number, why in untrained.items()},
        }  # fmt: skip
        return Fitted(folds, names, classes, untrained, models, about)

    def predict(self, fitted: Fitted, fold: int, seed: int, inputs: Sequence[Inputs]) -> NDArray[np.float64]:
        """Probabilities (clips, classes)."""
        from evalkit.networks.clip_classifier import predict

        weights = fitted.models[fold, seed] / "model.safetensors"
        return predict(self._settings(), len(fitted.names), weights, np.stack(inputs))

    def _inputs(self, versions: Sequence[Version], arm: str) -> list[tuple[Version, Inputs | Failure]]:
        found = []
        for index, version in enumerate(versions):
            self.bench.progress(f"{self.name}: training clips ({arm})", index, len(versions))
            found.append((version, seen(version, self.look, self.bench)))
        self.bench.progress(f"{self.name}: training clips ({arm})", len(versions), len(versions))
        return found

    def _one_class(self, classes: frozenset[str]) -> str:
        what = f"one {self.options.column}, {next(iter(classes))!r}" if classes else f"no {self.options.column}"
        return f"what there is to train on has {what}"

    def _settings(self) -> Any:
        from evalkit.networks.clip_classifier import Settings

        chosen = self.options
        frozen = self.backbone == FROZEN
        return Settings(
            trunk="frozen" if frozen else self.backbone, width=find_backbone(FROZEN).dimensions if frozen else 0,
            pooling=chosen.pooling, dropout=chosen.dropout, epochs=chosen.epochs,
            epochs_unwatched=chosen.epochs_unwatched, patience=chosen.patience, batch=chosen.batch,
            learning_rate=chosen.learning_rate, weight_decay=chosen.weight_decay, balanced=chosen.balanced,
            trunk_weights=chosen.backbone_weights or "",
        )  # fmt: skip

    def _model(
        self, fold: Fold, fit: _Set, watched: _Set, names: tuple[str, ...], seed: int, store: Store, arm: str,
        rows: Mapping[str, tuple[Entry, str]],
    ) -> Path:  # fmt: skip
        from evalkit.networks.clip_classifier import threads, train

        settings = self._settings()
        weights = self.options.backbone_weights
        params = {
            **asdict(settings), "trunk_weights": file_digest(Path(weights)) if weights else "", "seed": seed,
            "look": self.look.identity, "classes": list(names), "threads": threads(),
            "timm": installed_version("timm") if self.backbone.startswith("timm:") else "",
            "labels": {clip: rows[clip][1] for clip in sorted({*fit.clips, *watched.clips})},
            "watched": sorted(watched.keys),
        }  # fmt: skip
        stage = f"{self.name}: train ({arm}, fold {fold.number + 1}, seed {seed})"

        def build(folder: Path) -> None:
            watching = (watched.inputs, watched.codes) if watched.clips else None
            told = partial(self.bench.progress, stage)
            history = train(settings, (fit.inputs, fit.codes), watching, len(names), seed, folder, told)
            card = {
                "kind": "clip classifier", "version": MODEL_VERSION, "fold": fold.number, "classes": list(names),
                "settings": {k: v for k, v in params.items() if k not in ("labels", "watched")},
                "watched": params["watched"], "history": asdict(history),
                "fitted_to": _counts(fit, names, rows), "watched_on": _counts(watched, names, rows),
                "inputs": {**fit.keys, **watched.keys},
                "weights_sha256": file_digest(folder / "model.safetensors"),
            }  # fmt: skip
            (folder / "card.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")

        return store.make("clip-classifier", MODEL_VERSION, params, {**fit.keys, **watched.keys}, build)


def seen(version: Version, look: Look, bench: Bench) -> Inputs | Failure:
    """What the classifier is given of a version, or why it has none: damaged data are not the arm's failure."""
    unread = "not computed: the data cannot be read: "
    try:
        if version.arm != REAL:
            version.mask()
    except Exception as error:  # whatever is wrong with a file, the other clips go on
        return Failure("undefined", unread + bench.reason(version, error))
    try:
        return inputs_of(version, look)
    except Exception as error:  # an arm is foreign code
        words = bench.reason(version, error)
        return Failure("undefined", unread + words) if version.arm == REAL else Failure("failed", words)


def _set(
    usable: Sequence[tuple[Version, Inputs]], clips: frozenset[str] | set[str], label: Mapping[str, str],
    names: Sequence[str],
) -> _Set:  # fmt: skip
    chosen = [(version, inputs) for version, inputs in usable if version.entry.clip_id in clips]
    ids = [version.entry.clip_id for version, _ in chosen]
    keys = {f"{version.entry.clip_id} {version.arm}": version.key() for version, _ in chosen}
    inputs = np.stack([inputs for _, inputs in chosen]) if chosen else np.empty(0)
    return _Set(keys, ids, inputs, np.array([names.index(label[clip]) for clip in ids], dtype=np.intp))


def _store(usable: Sequence[tuple[Version, Inputs]], bench: Bench) -> Store:
    """The run's own store if an arm among them is kept there."""
    return next((each.store for each, _ in usable if each.store is not bench.store), bench.store)


def _counts(chosen: _Set, names: Sequence[str], rows: Mapping[str, tuple[Entry, str]]) -> dict[str, Any]:
    of_class = {name: [c for c, code in zip(chosen.clips, chosen.codes, strict=True) if names[code] == name]
                for name in names}  # fmt: skip
    return {
        "clips": len(chosen.clips),
        "subjects": subjects_of(chosen.clips, rows),
        "by_class": {name: {"clips": len(c), "subjects": subjects_of(c, rows)} for name, c in of_class.items()},
    }
