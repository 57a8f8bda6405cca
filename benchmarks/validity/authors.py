"""Faults of authors: what is wrong with how a trial is made, and not with the translations.

A quarter of the subjects has each of four views. Hard clips are those in which the good baseline has the lowest masked
SSIM. What sees the fault: the gate, which compares with a run of all clips; a plan that was frozen on all clips; the
freezing of a study, which looks at model cards; the guard over the word zero-shot; or the warnings of the run alone.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from benchmarks.validity.trial import ARM, BASELINE, SEEN, Candidate, Trial, from_which
from evalkit.analysis_plan import Frozen
from evalkit.identical import identical
from evalkit.plan import Plan, freeze_on
from evalkit.records import Measurement
from evalkit.study import Study
from evalkit.untouched import altered
from evalkit.zero_shot import overlaps
from translator.card import ModelCard, TrainingSource
from translator.clips.clip import Clip
from translator.clips.manifest import Entry, Manifest
from translator.clips.read import read_clip, read_mask
from translator.design import Design
from translator.errors import InputError
from translator.translation import Translation

SHARES = (0.02, 0.05, 0.1, 0.25, 0.5)
_FIRST_VIEW = "v1"


@dataclass(frozen=True)
class AuthorFault:
    """`checks` gives what sees the fault at a strength, given how many subjects there are; "" if nothing does."""

    name: str
    unit: str
    strengths: Sequence[float]
    checks: Callable[[float, int], str]


def authors_table(trial: Trial, clips: Manifest, numbers: Sequence[int]) -> str:
    """From which strength each fault of authors is seen, and by what."""
    asked = [number for number in numbers if number <= len(trial.everyone)]
    lines = [
        f"| fault of authors | strength | {' | '.join(f'seen from, n = {n}' for n in asked)} | by |",
        "| --- | --- |" + " --- |" * (len(asked) + 1),
    ]
    for fault in _faults(trial, clips):
        seen, by = [], "nothing"
        for number in asked:
            found = {strength: fault.checks(strength, number) for strength in fault.strengths}
            first = from_which([(strength, float(bool(check))) for strength, check in found.items()])
            seen.append("not seen" if first is None else f"{first:g}")
            by = found[first] if by == "nothing" and first is not None else by
        told = ", ".join(f"{strength:g}" for strength in fault.strengths)
        lines.append(f"| {fault.name} | {fault.unit}: {told} | {' | '.join(seen)} | {by} |")
    return "\n".join(lines)


def _faults(trial: Trial, clips: Manifest) -> Iterator[AuthorFault]:
    of = _Authors(trial, clips)
    yield AuthorFault("quality falls in one view (blur)", "sigma [px]", (0.4, 0.6, 1, 4), of.one_view)
    yield AuthorFault("hard clips have no value", "share of clips", SHARES, of.silent)
    yield AuthorFault("hard clips are handed back untouched", "share of clips", SHARES, of.untouched)
    yield AuthorFault("hard clips are left out, a baseline has them", "share of clips", SHARES, of.left_out)
    yield AuthorFault("hard clips are left out, a frozen plan has them", "share of clips", SHARES, of.departs)
    yield AuthorFault("low-coverage clips alone, a frozen plan has all", "share of clips", SHARES, of.low_coverage)
    yield AuthorFault("hard clips are left out, no baseline and no plan", "share of clips", SHARES, of.alone)
    yield AuthorFault("subjects of the trial are in the training, and on the card", "share", SHARES, of.leaks)
    yield AuthorFault("an anatomy of the card is called unseen", "share of clips", SHARES, of.not_unseen)


@dataclass(frozen=True)
class _Authors:
    trial: Trial
    clips: Manifest

    def one_view(self, sigma: float, number: int) -> str:
        """Seen only if the view is named."""
        hit = {subject for subject, view in self.trial.view.items() if view == _FIRST_VIEW}
        faulty, good = self.trial.by_arm[f"blur|{sigma:g}"], self.trial.by_arm[self.trial.kept[0]]
        rows = [row for row in faulty if row.subject_id in hit] + [row for row in good if row.subject_id not in hit]
        found = self.trial.seen(lambda _: Candidate(rows), number, views=True)
        named = (check for check, _ in found.checks.most_common() if f"view = {_FIRST_VIEW}" in check)
        check = next(named, "")
        return check if found.checks[check] >= SEEN * found.draws else ""

    def silent(self, share: float, number: int) -> str:
        """Hard clips fail, and the run says nothing but that it has no value of them."""

        def candidate(subjects: Collection[str]) -> Candidate:
            hard = set(self._hard(subjects)[: _count(share, subjects)])
            return Candidate([replace(row, value=None, status="undefined", note="lost") if row.clip_id in hard else row
                              for row in self._good()])  # fmt: skip

        return self._seen(candidate, number)

    def untouched(self, share: float, number: int) -> str:
        """Of hard clips the colour Doppler clip's luma is handed back."""
        back = {(row.clip_id, row.metric, row.region): row for row in self.trial.by_arm["grey conversion|1"]}

        def candidate(subjects: Collection[str]) -> Candidate:
            hard = set(self._hard(subjects)[: _count(share, subjects)])
            return Candidate([back[row.clip_id, row.metric, row.region] if row.clip_id in hard else row
                              for row in self._good()])  # fmt: skip

        return self._seen(candidate, number)

    def left_out(self, share: float, number: int) -> str:
        """The candidate's run has no hard clips."""

        def candidate(subjects: Collection[str]) -> Candidate:
            return Candidate(self._good(), frozenset(self._hard(subjects)[_count(share, subjects) :]))

        return self._seen(candidate, number)

    def departs(self, share: float, number: int) -> str:
        """The plan was frozen on all clips; the study that is run has no hard ones."""
        subjects = self.trial.everyone[:number]
        return self._departs(self._hard(subjects)[_count(share, subjects) :], subjects)

    def low_coverage(self, share: float, number: int) -> str:
        """The same, and the clips that are left are those in which the least is hidden."""
        subjects = self.trial.everyone[:number]
        area = {entry.clip_id: _hidden_share(self.clips, entry) for entry in self._entries(subjects)}
        kept = sorted(area, key=lambda clip: area[clip])[: len(area) - _count(share, subjects)]
        return self._departs(kept, subjects)

    def alone(self, share: float, number: int) -> str:
        """A run by itself: the warnings that it raises."""
        subjects = self.trial.everyone[:number]
        kept = set(self._hard(subjects)[_count(share, subjects) :])
        rows = [row for row in self._good() if row.clip_id in kept]
        told = {"pixels altered outside the mask": altered(rows), "clips identical to the real ones": identical(rows)}
        return ", ".join(name for name, found in told.items() if found)

    def leaks(self, share: float, number: int) -> str:
        """The study is frozen with an arm whose model card lists subjects of the trial."""
        subjects = self.trial.everyone[:number]
        arm = _Leaky(_card(subjects[: _count(share, subjects)], []))
        arms = [{"name": ARM, "translator": "leaky:one"}]
        study = Study.model_validate({"title": "leak", "manifest": "clips", "arms": arms})
        entries = [entry.model_copy(update={"split": "test"}) for entry in self._entries(subjects)]
        try:
            freeze_on(Manifest(entries, self.clips.root), study, Path(), {"leaky": lambda _: arm})
        except InputError:
            return "the study is not frozen"
        return ""

    def not_unseen(self, share: float, number: int) -> str:
        """Clips are called unseen, and the model card lists the anatomy of some of them."""
        entries = self._entries(self.trial.everyone[:number])
        known = {entry.anatomy for entry in entries[: _count(share, entries)] if entry.anatomy is not None}
        found = overlaps(_card([], sorted(known)), entries, {})
        return "zero-shot guard" if any(each.kind == "anatomy" for each in found) else ""

    def _departs(self, kept: Collection[str], subjects: Collection[str]) -> str:
        every = {entry.clip_id for entry in self._entries(subjects)}
        claim = {"id": "one"}
        frozen, now = (dict(self.trial.plan(clips)) for clips in (every, set(kept)))
        for document in (frozen, now):
            document["study"] = {**document["study"], "claims": [claim]}
        plan = cast(Plan, SimpleNamespace(document=now))
        return "departure from the frozen plan" if Frozen(Path(), {"plan": frozen}, {}).not_fixed(plan) else ""

    def _seen(self, candidate: Callable[[Collection[str]], Candidate], number: int) -> str:
        found = self.trial.seen(candidate, number)
        return found.often(1) if found.share >= SEEN else ""

    def _good(self) -> Sequence[Measurement]:
        return self.trial.by_arm[self.trial.kept[0]]

    def _entries(self, subjects: Collection[str]) -> list[Entry]:
        return [entry for entry in self.trial.entries if entry.subject_id in set(subjects)]

    def _hard(self, subjects: Collection[str]) -> list[str]:
        """Clips of the subjects, the hardest first."""
        wanted, values = set(subjects), {}
        for row in self.trial.by_arm[BASELINE]:
            if (row.metric, row.region) == ("ssim[wang2004]", "mask") and row.subject_id in wanted:
                values[row.clip_id] = -1.0 if row.value is None else row.value
        return sorted(values, key=lambda clip: (values[clip], clip))


@dataclass(frozen=True)
class _Leaky:
    """A translator that is never asked to translate: its card is what counts."""

    card: ModelCard
    identity: Mapping[str, str] = field(default_factory=lambda: {"leaky": "1"})

    def translate(self, clip: Clip, mask: Clip | None = None) -> Translation:
        raise NotImplementedError


def _card(subjects: Sequence[str], anatomies: Sequence[str]) -> ModelCard:
    source = TrainingSource(name="training", licence="none", anatomies=list(anatomies), subjects=list(subjects))
    return ModelCard(
        name="leaky", summary="", design=Design(), weights_sha256="0" * 64, evidence_version=1,
        training_sources=[source], training_command="", training_config_sha256="0" * 64, seed=0, steps=1, losses="",
        limits=[],
    )  # fmt: skip


def _count(share: float, of: Collection[object]) -> int:
    """How many a share of them is, at least one."""
    return ceil(share * len(of))


def _hidden_share(clips: Manifest, entry: Entry) -> float:
    """Share of a clip's pixels that its painted mask hides."""
    cfd, mask = clips.file(entry, "cfd"), clips.file(entry, "mask")
    if cfd is None or mask is None:
        raise ValueError("a simulated clip has all its files")
    return float((read_mask(mask, read_clip(cfd)).array() > 127).mean())
