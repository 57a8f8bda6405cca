"""Task `discriminability`: can a machine tell the synthetic version of a clip from the real one?

For each arm a classifier two-sample test (`two_sample`) on features of both versions of each clip: those of a frozen
network, or the numbers of texture (`texture_features`), or a small video network that is fitted to half of the subjects
and tried on the others. Beside it, always: the same test on texture, which can say what gave the synthetic clips away,
and on facts that are no tissue (`shortcuts`), which alone must not tell them apart. Clips of which there is one version
only take no part, and say so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from evalkit.backbones import BACKBONES, extractor
from evalkit.metrics.windows import SIDE
from evalkit.records import Prediction
from evalkit.tasks import shortcuts, texture_features, two_sample
from evalkit.tasks.declare import Bench, TaskRows, Version
from evalkit.tasks.evidence_places import evidence_places
from evalkit.tasks.frozen import frame_vectors
from evalkit.tasks.options import read_options
from evalkit.tasks.two_sample import Floats, TwoSample
from translator.artefacts import canonical_json
from translator.errors import bad_input

VERSION = 1
REAL_LABEL, SYNTHETIC_LABEL = "real", "synthetic"
LABELS = (REAL_LABEL, SYNTHETIC_LABEL)
ONE_VERSION = "there is no {} version of the clip to tell it from"
_NULL_SHARES = (0.05, 0.5, 0.95)
_MOST_NAMED = 8
Features = Callable[[Version], Floats]


class DiscriminabilityOptions(BaseModel):
    """What a study can say of the task.

    features: what the classifier sees, `texture`, `facts`, `video`, or a frozen backbone. region: where texture is
    taken from, the whole frame, or `mask`, what colour had hidden. permutations: swaps behind each p. margin: how far
    from 0.5 an AUC may lie to be called chance in the report (a claim has its own). epochs: of the video network.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    features: Literal["texture", "facts", "video", "efficientnet-lite0", "inception-fid", "i3d-kinetics-400"] = (
        "efficientnet-lite0"
    )
    region: Literal["frame", "mask"] = "frame"
    permutations: int = Field(999, ge=19, le=100_000)
    margin: float = Field(0.1, gt=0, lt=0.5)
    epochs: int = Field(20, ge=1)


def make_discriminability(name: str, options: Mapping[str, Any]) -> "Discriminability":
    """The maker of the kind `discriminability`.

    Raises: InputError for wrong options.
    """
    return Discriminability(name, read_options(DiscriminabilityOptions, name, options))


class _Pairs(NamedTuple):
    """Both versions of each clip with their features (clips, 2, d)."""

    versions: list[tuple[Version, Version]]
    features: Floats

    @property
    def subjects(self) -> list[str]:
        return [real.entry.subject_id for real, _ in self.versions]


@dataclass(frozen=True)
class Discriminability:
    """The task."""

    name: str
    options: DiscriminabilityOptions
    outputs: tuple[()] = ()

    @property
    def identity(self) -> Mapping[str, Any]:
        """Options and versions."""
        versions = {"task": VERSION, "texture": texture_features.TEXTURE_VERSION, "facts": shortcuts.FACTS_VERSION}
        return {"kind": "discriminability", "versions": versions, "options": self.options.model_dump()}

    def measure(self, bench: Bench) -> TaskRows:
        """Test each arm; a prediction for each version of each clip that could be looked at."""
        if self.options.features in BACKBONES:
            extractor(BACKBONES[self.options.features])  # absent weights are the whole task's reason, and no clip's
        predictions: list[Prediction] = []
        details: dict[str, Any] = {}
        for arm in bench.arms:
            rows, details[arm] = self._arm(bench, arm)
            predictions += rows
        about = {"kind": "discriminability", "margin": self.options.margin, "features": self.options.features}
        return TaskRows((), predictions, {**about, "arms": details})

    def _arm(self, bench: Bench, arm: str) -> tuple[list[Prediction], dict[str, Any]]:
        rows: list[Prediction] = []
        real = {version.entry.clip_id: version for version in bench.real("test")}
        made = {version.entry.clip_id: version for version in bench.made(arm, "test")}
        for clip_id in real.keys() ^ made.keys():
            label = REAL_LABEL if clip_id in real else SYNTHETIC_LABEL
            lacking = SYNTHETIC_LABEL if clip_id in real else REAL_LABEL
            version = real.get(clip_id) or made[clip_id]
            rows.append(self._row(bench, arm, version, label, None, "undefined", ONE_VERSION.format(lacking)))
        both = [(real[clip_id], made[clip_id]) for clip_id in real if clip_id in made]
        able: list[tuple[Version, Version]] = []
        seen: dict[str, list[Floats]] = {kind: [] for kind in self._kinds()}
        for index, pair in enumerate(both):
            bench.progress(f"{self.name}: {arm}", index, len(both))
            found = self._features(bench, arm, pair, rows)
            if found is not None:
                able.append(pair)
                for kind, vectors in found.items():
                    seen[kind].append(vectors)
        try:
            if not able:
                raise ValueError(
                    f"of {len(both)} clips with both versions none could be looked at{_first_reason(rows)}"
                )
            two_sample.subject_codes([pair[0].entry.subject_id for pair in able])
        except ValueError as error:
            none = [self._row(bench, arm, version, label, None, "undefined", str(error))
                    for pair in able for version, label in zip(pair, LABELS, strict=True)]  # fmt: skip
            return [*rows, *none], {"not_computed": str(error), "clips": len(able)}
        pairs = {kind: _Pairs(able, np.stack(vectors)) for kind, vectors in seen.items()}
        pairs["facts"] = _Pairs(able, shortcuts.material(pairs["facts"].features))
        tested = self._tested(bench, arm, pairs)
        rows += self._scored(bench, arm, able, tested)
        told = {**self._details(tested, able), **self._explained(pairs, bench.seed), "evidence": None}
        if self.options.features in BACKBONES and tested.p <= shortcuts.ALPHA:
            seen_by = BACKBONES[self.options.features]
            told["evidence"] = evidence_places(able, pairs[seen_by.name].features, tested, seen_by)
        return rows, told

    def _kinds(self) -> dict[str, Features]:
        """What is computed of each version: what the classifier sees, texture, and facts."""
        wanted = self.options.features
        kinds: dict[str, Features] = {"texture": self._texture, "facts": _facts}
        if wanted in BACKBONES:
            kinds[wanted] = lambda version: frame_vectors(version, BACKBONES[wanted]).mean(axis=0)
        return kinds

    def _texture(self, version: Version) -> Floats:
        def compute() -> Floats:
            hidden = version.mask() if self.options.region == "mask" else None
            if hidden is None and self.options.region == "mask":
                raise bad_input(version.entry.clip_id, "has no mask", 'Use `region = "frame"`')
            return texture_features.texture_features(version.clip(), hidden)

        params = {"region": self.options.region}
        return _kept(version, "texture", texture_features.TEXTURE_VERSION, params, compute)

    def _features(
        self, bench: Bench, arm: str, pair: tuple[Version, Version], rows: list[Prediction]
    ) -> dict[str, Floats] | None:
        """Features (2, d) of both versions by kind; None, and rows that say why, if one cannot be had."""
        found: list[dict[str, Floats]] = []
        for at, version in enumerate(pair):
            try:
                found.append({kind: compute(version) for kind, compute in self._kinds().items()})
            except Exception as error:  # an arm is foreign code and a file can be damaged: the other clips go on
                other = f"the {LABELS[at]} version of the clip failed"
                rows.append(self._row(bench, arm, version, LABELS[at], None, "failed", bench.reason(version, error)))
                rows.append(self._row(bench, arm, pair[1 - at], LABELS[1 - at], None, "undefined", other))
                return None
        if self.options.features == "texture" and _without_window(found[0]["texture"], found[1]["texture"]):
            for version, label in zip(pair, LABELS, strict=True):
                rows.append(self._row(bench, arm, version, label, None, "undefined", self._no_window()))
            return None
        return {kind: np.stack([found[0][kind], found[1][kind]]) for kind in found[0]}

    def _tested(self, bench: Bench, arm: str, pairs: Mapping[str, _Pairs]) -> TwoSample:
        if self.options.features == "video":
            return self._video(bench, arm, pairs["facts"].versions)
        chosen = pairs[self.options.features]
        return two_sample.two_sample_test(chosen.features, chosen.subjects, self.options.permutations, bench.seed)

    def _video(self, bench: Bench, arm: str, versions: Sequence[tuple[Version, Version]]) -> TwoSample:
        from evalkit.tasks.video_test import held_out_test

        return held_out_test(f"{self.name}: {arm}", bench, versions, self.options.epochs, self.options.permutations)

    def _scored(
        self, bench: Bench, arm: str, pairs: Sequence[tuple[Version, Version]], tested: TwoSample
    ) -> list[Prediction]:
        rows = []
        for pair, scores in zip(pairs, tested.scores, strict=True):
            for version, label, score in zip(pair, LABELS, scores.tolist(), strict=True):
                fitted = "the classifier was fitted to this subject" if np.isnan(score) else ""
                status: Literal["ok", "undefined"] = "undefined" if fitted else "ok"
                rows.append(self._row(bench, arm, version, label, None if fitted else score, status, fitted))
        return rows

    def _row(
        self,
        bench: Bench,
        arm: str,
        version: Version,
        label: str,
        score: float | None,
        status: Literal["ok", "undefined", "failed"],
        note: str,
    ) -> Prediction:
        who = self.name, arm, version.entry.clip_id, version.entry.subject_id, bench.seed, label
        if score is None:
            return Prediction(*who, None, "", status, note if status == "failed" else f"not computed: {note}")
        share = round(float(1 / (1 + np.exp(-2 * score))), 12)
        said = canonical_json({REAL_LABEL: round(1 - share, 12), SYNTHETIC_LABEL: share})
        return Prediction(*who, SYNTHETIC_LABEL if score > 0 else REAL_LABEL, said, "ok")

    def _details(self, tested: TwoSample, pairs: Sequence[tuple[Version, Version]]) -> dict[str, Any]:
        scored = ~np.isnan(tested.scores[:, 0])
        subjects = {pair[0].entry.subject_id for pair, one in zip(pairs, scored, strict=True) if one}
        return {
            "auc": tested.auc,
            "p": tested.p,
            "smallest_p": tested.smallest_p,
            "permutations": self.options.permutations,
            "null_quantiles": {str(share): float(np.quantile(tested.null, share)) for share in _NULL_SHARES},
            "folds": tested.folds,
            "clips": int(scored.sum()),
            "subjects": len(subjects),
        }

    def _explained(self, pairs: Mapping[str, _Pairs], seed: int) -> dict[str, Any]:
        """The test on texture with what each number is worth; and the test on facts, with those that separate."""
        facts, number = pairs["facts"], self.options.permutations
        tested = two_sample.two_sample_test(facts.features, facts.subjects, number, seed)
        found = shortcuts.find_shortcuts(facts.features, facts.subjects, number, seed)
        return {
            "texture": self._of_texture(pairs["texture"], seed),
            "facts": {
                "auc": tested.auc,
                "p": tested.p,
                "differing": shortcuts.differing(facts.features),
                "shortcuts": [each.document() for each in found],
            },
        }

    def _of_texture(self, pairs: _Pairs, seed: int) -> dict[str, Any]:
        """The test on the clips that a window fits in; or why there is none."""
        able = [at for at, (real, made) in enumerate(pairs.features) if not _without_window(real, made)]
        chosen = _Pairs([pairs.versions[at] for at in able], pairs.features[able])
        about: dict[str, Any] = {"region": self.options.region, "clips": len(able)}
        try:
            tested = two_sample.two_sample_test(chosen.features, chosen.subjects, self.options.permutations, seed)
        except ValueError as error:
            return {**about, "not_computed": str(error) if able else self._no_window()}
        return {**about, "auc": tested.auc, "p": tested.p, "features": _worth(chosen, tested.auc, seed)}

    def _no_window(self) -> str:
        return f"no window of {SIDE} x {SIDE} pixels fits in the {self.options.region}"


def _worth(pairs: _Pairs, whole: float, seed: int) -> list[dict[str, Any]]:
    """The numbers of texture that tell most by themselves: their own AUC, and what the fit loses without each."""
    names, alone = texture_features.NAMES, two_sample.single_aucs(pairs.features)
    weights = two_sample.weights(pairs.features)
    order = sorted(range(len(names)), key=lambda at: (-abs(float(alone[at]) - 0.5), names[at]))[:_MOST_NAMED]
    return [
        {
            "name": names[at],
            "auc_alone": float(alone[at]),
            "auc_lost_without": whole
            - two_sample.cross_fitted_auc(np.delete(pairs.features, at, axis=2), pairs.subjects, seed),
            "weight": float(weights[at]),
            "larger_in": SYNTHETIC_LABEL if alone[at] > 0.5 else REAL_LABEL if alone[at] < 0.5 else "neither",
        }
        for at in order
    ]


def _first_reason(rows: Sequence[Prediction]) -> str:
    """The reason that most rows have, if there are any."""
    notes = [row.note.removeprefix("not computed: ") for row in rows]
    return f", mostly: {max(sorted(set(notes)), key=notes.count)}" if notes else ""


def _without_window(real: Floats, made: Floats) -> bool:
    return bool(np.isnan([real[texture_features.SHARE], made[texture_features.SHARE]]).any())


def _facts(version: Version) -> Floats:
    return _kept(version, "facts", shortcuts.FACTS_VERSION, {}, lambda: shortcuts.facts_of(version.clip()))


def _kept(
    version: Version, stage: str, number: int, params: Mapping[str, Any], compute: Callable[[], Floats]
) -> Floats:
    """Numbers (d,) of one version, made once."""
    kept = version.store.make(
        f"discriminability-{stage}",
        number,
        params,
        {"version": version.key()},
        lambda folder: np.save(folder / "numbers.npy", compute(), allow_pickle=False),
    )
    return np.asarray(np.load(kept / "numbers.npy", allow_pickle=False), np.float64)
