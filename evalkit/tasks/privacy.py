"""Privacy: does a generator give away the clips that it was trained on?

Asked of one generator, the one whose training set is known (its model card, or what the study states); all arms are
measured against that training set, so that an arm that was never trained stands beside it as a control, and so do the
real test clips: a real clip of a new patient is near to some training clip too. All clips are compared as small
pictures (evalkit.tasks.thumbnails), in three ways:

frame      pixels of whole frames [grey levels]
mask       pixels that were hidden in the synthetic clip, at the same place of the real ones: what a translator made up,
           as it copies the rest of the picture. Nothing is aligned.
features   cosine distance of a frozen backbone's vectors of whole frames

Per clip: the distance to the nearest training clip and to the nearest held-out clip, always of other subjects; their
ratio (far below 1: nearer to the training set than to anything else; the idea is that of Carlini et al. 2023,
arXiv:2301.13188); whether it is a copy (ratio below what real test clips have, at a stated share of false alarms); and
whether the nearest real clip is of its own subject, which is expected of a translator, and is asked again without the
clip that it was made of.

Membership inference (Hilprecht et al. 2019, doi:10.2478/popets-2019-0067; Chen et al. 2020, arXiv:1909.03935): can
training clips be told from held-out clips by how near they are to what the generator makes? Predictions `NAME.frame`,
`NAME.mask`, `NAME.features`; and `NAME.fill_error`, by how well the generator fills in the hidden part of its own
training clips (Yeom et al. 2018, arXiv:1709.01604). The predictions of the arm `real` have real test clips in place of
synthetic ones: an AUC off one half there says that the two sets of clips differ by themselves (arXiv:2406.16201).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evalkit.backbones import Backbone, extractor, find_backbone, kept_vectors
from evalkit.records import REAL, Measurement, Prediction
from evalkit.tasks.declare import Bench, Part, TaskRows, Version
from evalkit.tasks.membership import Membership, membership
from evalkit.tasks.nearest import Floats, Threshold, nearest_versions, threshold
from evalkit.tasks.options import read_options
from evalkit.tasks.privacy_outputs import Options, outputs_of
from evalkit.tasks.privacy_rows import (
    WHATS,
    Pool,
    Small,
    Way,
    fill_error,
    measurement,
    pool_of,
    predictions,
    values,
    ways,
)
from evalkit.tasks.thumbnails import VERSION as THUMBNAIL_VERSION
from evalkit.tasks.thumbnails import hidden_thumbnail, thumbnail
from translator.artefacts import canonical_json
from translator.clips.manifest import PAIRED
from translator.errors import bad_input
from translator.pins import PINS
from translator.weights import WeightsAbsentError

VERSION = 1
NO_MEMBERS = "no clip of this manifest is in the training set of the card"
_PARTS: tuple[Part, ...] = ("train", "validation", "test")


def privacy(name: str, options: Mapping[str, Any]) -> "Privacy":
    """The task with these options.

    Raises: InputError listing every fault of the options.
    """
    checked = read_options(Options, name, options)
    return Privacy(name, checked, None if checked.backbone == "none" else find_backbone(checked.backbone))


@dataclass
class _Found:
    """What the task gathers."""

    measurements: list[Measurement] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    thresholds: dict[str, Threshold | None] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)  # arm -> versions that could not be compared
    features: str = ""  # why there are none


class Privacy:
    """See the module."""

    def __init__(self, name: str, options: Options, backbone: Backbone | None) -> None:
        """Nothing is looked at before `measure`."""
        self.name, self.options, self.backbone = name, options, backbone
        self.outputs = tuple(outputs_of(name, options))
        self.identity: Mapping[str, Any] = {
            "kind": "privacy",
            "version": VERSION,
            "options": options.model_dump(),
            "thumbnail": THUMBNAIL_VERSION,
            "backbone": None if backbone is None else [backbone.version, PINS[backbone.weights].sha256],
        }

    @property
    def named_arms(self) -> tuple[str, ...]:
        """The generator's, if the options name it."""
        return () if self.options.generator is None else (self.options.generator,)

    def measure(self, bench: Bench) -> TaskRows:
        """Rows of the real test clips and of every arm.

        Raises: InputError if no clip of the manifest is known to be in the generator's training set, or none is not.
        """
        kinds, generator = self._membership(bench)
        found = _Found(features=self._without_features())
        real = {part: self._smalls(bench, bench.real(part), found, part == "test") for part in _PARTS}
        pool = pool_of([clip for part in _PARTS for clip in real[part]], kinds)
        if not pool.member.any() or pool.member.all():
            what = "no held-out clip" if pool.member.any() else "no clip of the training set"
            raise bad_input(f"task {self.name!r}", f"{what} could be read", "Look at the files of the manifest")
        unseen = [clip for clip in real["test"] if kinds[clip.clip_id] == "nonmember"]
        self._compare(bench, REAL, unseen, pool, found)
        for arm in bench.arms:
            made = self._smalls(bench, bench.made(arm, "test"), found)
            self._compare(bench, arm, made, pool, found)
            if self.options.fill_training:
                self._fill(bench, arm, made, pool, found)
        return TaskRows(found.measurements, found.predictions, self._details(generator, kinds, pool, found))

    def _membership(self, bench: Bench) -> tuple[dict[str, Membership], str]:
        """clip_id -> membership of every real clip, and the generator's arm."""
        where = f"task {self.name!r}"
        arms = self.named_arms or bench.arms
        if self.options.training == "train" and len(arms) > 1:
            raise bad_input(
                f"{where}: options", "`training` states what one arm was trained on", "Name `generator` too"
            )
        found = {arm: kinds for arm in arms if "member" in (kinds := self._kinds(bench, arm)).values()}
        if not found:
            remedy = 'Add rows of its training clips as split train; or state `training = "train"`'
            raise bad_input(where, NO_MEMBERS, remedy)
        if len({canonical_json(kinds) for kinds in found.values()}) > 1:
            what = f"arms have different training sets here: {', '.join(found)}"
            raise bad_input(where, what, "Name one of them as `generator`, and give each a task of its own")
        generator = next(iter(found))
        if "nonmember" not in found[generator].values():
            raise bad_input(where, "every real clip is in the training set", "Add clips that are not")
        return found[generator], generator

    def _kinds(self, bench: Bench, arm: str) -> dict[str, Membership]:
        entries = {version.entry: part for part in _PARTS for version in bench.real(part)}
        if self.options.training == "train":
            of_part: dict[Part, Membership] = {"train": "member", "validation": "unclear", "test": "nonmember"}
            return {entry.clip_id: of_part[part] for entry, part in entries.items()}
        card = bench.card(arm)
        return {} if card is None else {e.clip_id: membership(card, e, bench.digests(e)) for e in entries}

    def _without_features(self) -> str:
        """Why there are no features, or nothing."""
        try:
            if self.backbone is not None:
                extractor(self.backbone)
        except WeightsAbsentError as error:
            return str(error)
        return ""

    def _smalls(self, bench: Bench, versions: Sequence[Version], found: _Found, hidden: bool = True) -> list[Small]:
        """The versions that can be compared; the others are counted, and a translation is a failed row."""
        smalls = []
        for index, version in enumerate(versions):
            bench.progress(f"{self.name}: {version.arm}", index + 1, len(versions))
            try:
                smalls.append(self._small(version, found, hidden))
            except Exception as error:  # an arm is foreign code and a file can be damaged: the other clips go on
                found.failed[version.arm] = found.failed.get(version.arm, 0) + 1
                if version.arm != REAL:
                    found.measurements += self._failed(version, bench.reason(version, error))
        return smalls

    def _small(self, version: Version, found: _Found, with_hidden: bool) -> Small:
        frames, hidden = thumbnail(version), hidden_thumbnail(version) if with_hidden else None
        if hidden is not None and hidden.shape != frames.shape:
            raise ValueError(f"the clip has {len(frames)} frames to compare, its mask {len(hidden)}")
        return Small(version, frames, hidden, None if found.features else self._vectors(version))

    def _vectors(self, version: Version) -> Floats | None:
        if self.backbone is None:
            return None
        inputs = {"real" if version.arm == REAL else "made": version.key()}
        kept = kept_vectors(version.store, self.backbone, inputs, version.clip)
        return np.asarray(np.load(kept / "vectors.npy", allow_pickle=False), np.float64)

    def _failed(self, version: Version, why: str) -> list[Measurement]:
        entry = version.entry
        who = version.arm, entry.clip_id, entry.subject_id
        return [Measurement(*who, each.name, region, entry.pairing, None, "failed", why)
                for each in self.outputs for region in each.regions]  # fmt: skip

    def _compare(self, bench: Bench, arm: str, made: Sequence[Small], pool: Pool, found: _Found) -> None:
        """Rows of one arm, or of the real test clips, in every way to compare."""
        for way in ways(self.backbone is not None):
            able = [one for one in made if not way.unable(one)]
            real = pool if not found.features or way.name != "features" else Pool((), np.empty(0, np.bool_))
            apart = way.apart(able, real.clips)
            if arm == REAL:
                found.thresholds[way.name] = self._calibrated(able, apart, real)
            limit = found.thresholds[way.name]
            told = {one.clip_id: values(one, row, real, limit) for one, row in zip(able, apart, strict=True)}
            for one in made:
                why = dict.fromkeys(WHATS, found.features or way.unable(one))
                found.measurements += [
                    measurement(self.name, way, one, what, value) for what, value in told.get(one.clip_id, why).items()
                ]
            absent = found.features if way.name == "features" else ""
            found.predictions += self._guessed(way, arm, able, apart, pool, bench.seed, absent)

    def _calibrated(self, real: Sequence[Small], apart: Floats, pool: Pool) -> Threshold | None:
        ratios = [values(one, row, pool, None)["ratio"] for one, row in zip(real, apart, strict=True)]
        return threshold([ratio for ratio in ratios if not isinstance(ratio, str)], self.options.false_alarms)

    def _guessed(
        self, way: Way, arm: str, made: Sequence[Small], apart: Floats, pool: Pool, seed: int, absent: str
    ) -> list[Prediction]:
        """Who is a member, by the distance to the nearest version; `absent` says why there are no distances."""
        subjects = np.array([one.subject for one in made], dtype=np.str_)
        n = len(np.unique(subjects))
        scores = absent or (
            nearest_versions(apart, subjects, pool.subjects, seed).nearest.tolist()
            if n > 1
            else f"{n} subjects have a version that can be compared, two are needed"
        )
        return predictions(f"{self.name}.{way.name}", arm, scores, pool, seed)

    def _fill(self, bench: Bench, arm: str, made: Sequence[Small], pool: Pool, found: _Found) -> None:
        """Who is a member, by how well an arm fills in the hidden part of the real clip."""
        wanted = {clip.clip_id for clip in pool.clips if clip.version.entry.pairing in PAIRED}
        others = [each for part in _PARTS[:2] for each in bench.made(arm, part) if each.entry.clip_id in wanted]
        filled = {one.clip_id: one for one in made}
        for index, version in enumerate(others):
            bench.progress(f"{self.name}: {arm} on its training clips", index + 1, len(others))
            try:
                filled[version.entry.clip_id] = Small(version, thumbnail(version), hidden_thumbnail(version), None)
            except Exception:  # as above; a training clip is in no table of measurements
                found.failed[arm] = found.failed.get(arm, 0) + 1
        scores = [fill_error(filled.get(clip.clip_id), clip) for clip in pool.clips]
        found.predictions += predictions(f"{self.name}.fill_error", arm, scores, pool, bench.seed)

    def _details(self, generator: str, kinds: Mapping[str, Membership], pool: Pool, found: _Found) -> dict[str, Any]:
        member, subjects = pool.member, pool.subjects
        return {
            "generator": generator,
            "training": self.options.training,
            "members": int(member.sum()),
            "member_subjects": len(np.unique(subjects[member])),
            "heldout": int((~member).sum()),
            "heldout_subjects": len(np.unique(subjects[~member])),
            "unclear": sum(kind == "unclear" for kind in kinds.values()),
            "failed": dict(found.failed),
            "false_alarms": self.options.false_alarms,
            "thresholds": {name: None if one is None else one._asdict() for name, one in found.thresholds.items()},
            "features": found.features,
        }
