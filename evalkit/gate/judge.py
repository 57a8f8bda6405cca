"""Judge a candidate against a baseline: regressed, improved, unchanged or undecided, by endpoint and stratum.

Each endpoint is one claim: the candidate's mean difference to the baseline on the same clips lies within the margin.

unchanged    supported: it lies within the margin
regressed    refuted, and worse: the interval lies wholly beyond the margin
improved     refuted, and better
undecided    neither; too few clips for this margin, or no interval at all

Alpha is shared: an endpoint has an equal part of it, half of that for all clips and half for its strata together, in
equal parts. So the risk that one of them is red, where no mean is worse by more than its margin, is at most alpha
(Bonferroni). A stratum is looked at whatever all clips say: a drop in one view can hide in the mean over all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from evalkit.claims.decide import decide
from evalkit.gate.comparable import refuse_incomparable
from evalkit.gate.margins import Difference, Endpoint, Margins
from evalkit.metrics.declare import Metric
from evalkit.metrics.registry import declared_metric
from evalkit.pseudonyms import Pseudonyms
from evalkit.records import Claim, Estimate, Measurement, Outcome
from evalkit.seal import Run
from evalkit.statistics.estimates import estimate_claim, estimate_difference
from evalkit.statistics.strata import NOT_STATED
from translator.errors import bad_input

State = Literal["regressed", "improved", "unchanged", "undecided"]
BASELINE, CANDIDATE = "baseline", "candidate"
WORST = 5


@dataclass(frozen=True)
class ClipChange:
    """A clip's value before and now, and by how much it is worse [the metric's unit]."""

    clip_id: str
    before: float
    now: float
    worse_by: float


@dataclass(frozen=True)
class Finding:
    """What an endpoint came to, over all clips (`stratum` None) or on a level of a stratum ("view = A4C").

    `estimate` is candidate minus baseline; of a metric that is best at a target, of the distance to it.
    """

    endpoint: Endpoint
    stratum: str | None
    state: State
    estimate: Estimate
    sentence: str
    worst: tuple[ClipChange, ...]
    less_is_better: bool
    alike: bool  # every clip has the very value that it had

    def worse_by(self, difference: float) -> float:
        """A difference (candidate minus baseline) as by how much the candidate is worse."""
        return difference if self.less_is_better else -difference


@dataclass(frozen=True)
class Leap:
    """A clip that changed by more than its endpoint's `clip_margin`, whatever the mean says."""

    endpoint: str
    change: ClipChange


@dataclass(frozen=True)
class Judgement:
    """What a gate came to. `new_failures` are clips on which the candidate fails, or has no value of an endpoint,
    and the baseline did not; `broken` clips are far worse than before, `leaps` far better, which no gate is red for:
    but a generator that was trained on a clip of the trial leaps there."""

    arms: tuple[str, str]
    margins: Margins
    findings: tuple[Finding, ...]
    new_failures: tuple[str, ...]
    mended_failures: tuple[str, ...]
    broken: tuple[Leap, ...]
    leaps: tuple[Leap, ...]
    seals: tuple[str, str]

    @property
    def too_many_failures(self) -> bool:
        """Whether more clips fail than are allowed to."""
        return len(self.new_failures) > self.margins.max_new_failures

    @property
    def too_many_broken(self) -> bool:
        """Whether more clips are broken than are allowed to be."""
        return len({each.change.clip_id for each in self.broken}) > self.margins.max_broken_clips

    def under(self, names: Pseudonyms) -> "Judgement":
        """The same under other names of clips and subjects, wherever they stand: in levels, notes and sentences too."""

        def change(each: ClipChange) -> ClipChange:
            return replace(each, clip_id=names.clips[each.clip_id])

        def finding(each: Finding) -> Finding:
            estimate = replace(
                each.estimate, population=names.text(each.estimate.population), note=names.text(each.estimate.note)
            )
            stratum = None if each.stratum is None else names.text(each.stratum)
            worst, sentence = tuple(map(change, each.worst)), names.text(each.sentence)
            return replace(each, stratum=stratum, estimate=estimate, sentence=sentence, worst=worst)

        def leap(each: Leap) -> Leap:
            return replace(each, change=change(each.change))

        return replace(
            self,
            margins=self.margins.model_copy(update={"note": names.text(self.margins.note)}),
            findings=tuple(finding(each) for each in self.findings),
            new_failures=tuple(sorted(names.clips[clip] for clip in self.new_failures)),
            mended_failures=tuple(sorted(names.clips[clip] for clip in self.mended_failures)),
            broken=tuple(map(leap, self.broken)),
            leaps=tuple(map(leap, self.leaps)),
        )

    def of(self, state: State) -> list[Finding]:
        """Findings of a state."""
        return [finding for finding in self.findings if finding.state == state]

    def passes(self, strict: bool = False) -> bool:
        """False if anything regressed, or more clips fail or are broken; if `strict`, also if undecided on all clips.

        Strata seldom have the clips to be decided, and may stay so.
        """
        if self.too_many_failures or self.too_many_broken or self.of("regressed"):
            return False
        return not (strict and any(finding.stratum is None for finding in self.of("undecided")))


def judge(baseline: Run, candidate: Run, arms: tuple[str, str], margins: Margins, real_ids: bool = True) -> Judgement:
    """Compare arm `arms[0]` of the baseline with arm `arms[1]` of the candidate; `real_ids`: refusals may name clips.

    Raises: InputError if the runs differ in anything but the generator, or an endpoint has no direction, or no value
    of any clip in either run: what was never measured would stay green for ever.
    """
    refuse_incomparable(baseline, candidate, arms, margins.endpoints, real_ids)
    levels = {
        column: {clip["clip_id"]: clip[column] or NOT_STATED for clip in _clips(baseline)} for column in margins.strata
    }
    findings: list[Finding] = []
    broken: list[Leap] = []
    leaps: list[Leap] = []
    gone: set[str] = set()
    come: set[str] = set()
    for endpoint in margins.endpoints:
        rows, metric = _paired(endpoint, baseline, candidate, arms)
        had, has = _valued(rows, BASELINE), _valued(rows, CANDIDATE)
        if not had and not has:
            remedy = "Measure it in both runs, or take it out of the margins"
            raise bad_input(f"gate: {endpoint.name}", "no clip has a value in either run", remedy)
        gone |= had - has
        come |= has - had
        findings += _findings(endpoint, rows, metric, levels, margins)
        most = float("inf") if endpoint.clip_margin is None else endpoint.clip_margin
        changes = _changes(rows, metric)
        broken += [Leap(endpoint.name, change) for change in changes if change.worse_by > most]
        leaps += [Leap(endpoint.name, change) for change in reversed(changes) if -change.worse_by > most]
    lost, kept = _failed(baseline, arms[0]) | come, _failed(candidate, arms[1]) | gone
    seals = baseline.record["seal_sha256"], candidate.record["seal_sha256"]
    new, mended = tuple(sorted(kept - lost)), tuple(sorted(lost - kept))
    return Judgement(arms, margins, tuple(findings), new, mended, tuple(broken), tuple(leaps), seals)


def differences(one: Run, other: Run, arms: tuple[str, str], metric: str, region: str) -> Difference:
    """How two runs differ in a metric: the mean with its interval of 95 %, and each clip; for calibration.

    Raises: InputError as `judge` does.
    """
    endpoint = Endpoint(metric=metric, region=region, margin=1.0)
    refuse_incomparable(one, other, arms, [endpoint])
    rows, found = _paired(endpoint, one, other, arms)
    mean = estimate_difference(CANDIDATE, BASELINE, region, rows, found, "all clips")
    return Difference(mean, tuple(change.worse_by for change in _changes(rows, found)))


def _paired(
    endpoint: Endpoint, baseline: Run, candidate: Run, arms: tuple[str, str]
) -> tuple[list[Measurement], Metric]:
    """Rows of both runs for one endpoint, under the arms baseline and candidate; and the metric, with a direction."""
    metric = _directed(endpoint, baseline.plan)
    ids = {clip["clip_id"] for clip in _clips(baseline)}
    rows = [
        _distance(row, metric, name)
        for name, run, arm in ((BASELINE, baseline, arms[0]), (CANDIDATE, candidate, arms[1]))
        for row in run.measurements
        if (row.arm, row.metric, row.region) == (arm, endpoint.metric, endpoint.region) and row.clip_id in ids
    ]
    return rows, _minimised(metric)


def _clips(run: Run) -> list[dict[str, Any]]:
    """The clips of the study's population."""
    population = run.plan["study"].get("population", {})
    return [clip for clip in run.plan["clips"] if all(clip.get(key) == value for key, value in population.items())]


def _findings(
    endpoint: Endpoint,
    rows: list[Measurement],
    metric: Metric,
    levels: Mapping[str, Mapping[str, str]],
    margins: Margins,
) -> list[Finding]:
    share = margins.alpha / len(margins.endpoints)
    groups = [(f"{column} = {level}", {clip for clip, own in of_clip.items() if own == level})
              for column, of_clip in levels.items() for level in sorted(set(of_clip.values()))]  # fmt: skip
    found = [_finding(endpoint, metric, rows, None, share / 2 if groups else share)]
    for name, clips in groups:
        chosen = [row for row in rows if row.clip_id in clips]
        found.append(_finding(endpoint, metric, chosen, name, share / 2 / len(groups)))
    return found


def _finding(
    endpoint: Endpoint, metric: Metric, rows: Sequence[Measurement], stratum: str | None, alpha: float
) -> Finding:
    where = stratum or "all clips"
    claim = Claim(
        id="gate", sentence=f"{endpoint.name} is unchanged", arm=CANDIDATE, against=BASELINE, metric=metric.name,
        region=endpoint.region, relation="equivalent", reference=None, margin=endpoint.margin, alpha=alpha,
        max_failed_share=1.0, max_undefined_share=0.1, assumed_sd=None,
    )  # fmt: skip
    estimate = estimate_claim(claim, rows, metric, where)
    verdict = decide(claim, estimate, estimate.p, metric)  # alpha is shared already: no Holm
    alike = _alike(rows)
    state = "unchanged" if alike else _state(verdict.outcome, estimate, metric)
    sentence = _sentence(endpoint, where, state, estimate, metric, alike)
    return Finding(
        endpoint,
        stratum,
        state,
        estimate,
        sentence,
        tuple(change for change in _changes(rows, metric)[:WORST] if change.worse_by > 0),
        not metric.higher_is_better,
        alike,
    )


def _alike(rows: Sequence[Measurement]) -> bool:
    """Whether every clip has exactly the value, or the lack of one, that it had: no variation, and no test needed."""
    found: dict[str, dict[str, tuple[float | None, str]]] = {BASELINE: {}, CANDIDATE: {}}
    for row in rows:
        found[row.arm][row.clip_id] = row.value, row.status
    return found[BASELINE] == found[CANDIDATE] and any(value is not None for value, _ in found[BASELINE].values())


def _state(outcome: Outcome, estimate: Estimate, metric: Metric) -> State:
    if outcome == "supported":
        return "unchanged"
    if outcome != "refuted":
        return "undecided"
    return "improved" if ((estimate.value or 0.0) > 0) == metric.higher_is_better else "regressed"


def _sentence(endpoint: Endpoint, where: str, state: State, estimate: Estimate, metric: Metric, alike: bool) -> str:
    if alike:
        return f"{endpoint.name}, {where}: {state}; every clip has the value that it had ({estimate.n_clips} clips)"
    unit = "" if metric.unit == "1" else f" {metric.unit}"
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return f"{endpoint.name}, {where}: {state}; {estimate.note}"
    return (
        f"{endpoint.name}, {where}: {state}; candidate minus baseline {estimate.value:+.4g}{unit} "
        f"[{estimate.low:+.4g}, {estimate.high:+.4g}], margin {endpoint.margin:g}, {metric.better} is better "
        f"({estimate.n_subjects} subjects, {estimate.n_clips} clips)"
    )


def _changes(rows: Sequence[Measurement], metric: Metric) -> list[ClipChange]:
    """Every clip that has both values, the one that got worst first."""
    values: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.value is not None:
            values.setdefault(row.clip_id, {})[row.arm] = row.value
    both = [(clip, found[BASELINE], found[CANDIDATE]) for clip, found in sorted(values.items()) if len(found) == 2]
    sign = -1.0 if metric.higher_is_better else 1.0
    changes = [ClipChange(clip, before, now, sign * (now - before)) for clip, before, now in both]
    return sorted(changes, key=lambda change: (-change.worse_by, change.clip_id))


def _directed(endpoint: Endpoint, plan: Mapping[str, Any]) -> Metric:
    outside = {**plan.get("metrics_from_outside", {}), **plan.get("task_outputs", {})}
    metric = declared_metric(endpoint.metric, outside)
    if metric.descriptive:
        what = f"{metric.name} is descriptive: no change of it is a regression"
        raise bad_input("gate: endpoints", what, "Name a metric with a direction")
    if endpoint.region not in metric.regions:
        raise bad_input(
            "gate: endpoints", f"{metric.name} has no region {endpoint.region!r}", ", ".join(metric.regions)
        )
    return metric


def _minimised(metric: Metric) -> Metric:
    """A metric that is best at a target becomes the distance to it, of which less is better."""
    if metric.target is None:
        return metric
    return replace(metric, target=None, higher_is_better=False, bounds=(0.0, metric.distance(metric.worst)))


def _distance(row: Measurement, metric: Metric, arm: str) -> Measurement:
    if metric.target is None or row.value is None:
        return replace(row, arm=arm)
    return replace(row, arm=arm, value=metric.distance(row.value))


def _valued(rows: Sequence[Measurement], arm: str) -> set[str]:
    return {row.clip_id for row in rows if row.arm == arm and row.value is not None}


def _failed(run: Run, arm: str) -> set[str]:
    ids = {clip["clip_id"] for clip in _clips(run)}
    return {row.clip_id for row in run.measurements if row.arm == arm and row.status == "failed" and row.clip_id in ids}
