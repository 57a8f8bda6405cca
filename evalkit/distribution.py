"""Is the set of translations distributed like the set of real clips? KID, and descriptive figures beside it.

Statistics over sets, not metrics: no clip has a value. The real set is every real greyscale clip of the study's
population, paired or not; the made set what an arm makes of every colour Doppler clip, or of an arm of finished videos
every video that it has of a clip.
"""

from dataclasses import dataclass

import numpy as np

from evalkit.arms.load import Arm
from evalkit.backbones import FRAMES_PER_CLIP, NEIGHBOURS, SPLITS, Backbone
from evalkit.embedding import Embedded, Progress, embed
from evalkit.measuring import Stores
from evalkit.plan import Plan, population_of
from evalkit.records import REAL, Distribution, Estimate
from evalkit.statistics.set_distances import density_coverage, frechet_distance, kernel_means
from evalkit.statistics.set_estimates import LEVEL, RealNull, kid_estimate, real_null
from translator.pins import PINS
from translator.weights import WeightsAbsentError

FEW_SUBJECTS = 50  # below, a Frechet distance is called descriptive: its bias falls with n (arXiv:1911.07023)


def compare_sets(plan: Plan, backbone: Backbone, stores: Stores, seed: int, progress: Progress) -> Distribution:
    """Compare what each arm makes with the real clips. Absent weights give estimates without value, and the reason.

    Raises: InputError if a weights file is there and is not the pinned one.
    """
    entries = list(plan.manifest.where(**plan.study.population).entries)
    estimates: list[Estimate] = []
    failed: dict[str, dict[str, str]] = {}
    try:
        real = embed(plan, entries, None, backbone, stores, progress)
        failed[REAL] = real.failed
        for arm in plan.arms:
            made = embed(plan, entries, arm, backbone, stores, progress)
            failed[arm.name] = made.failed
            estimates += _estimates(plan, arm, backbone, real, made, seed)
    except WeightsAbsentError as error:
        none = _Row(plan, backbone, 0, 0, 0, 0)
        names = ("kid", backbone.frechet, "density", "coverage")
        estimates = [none.estimate(arm.name, name, note=str(error)) for arm in plan.arms for name in names]
    return Distribution(
        backbone=backbone.name,
        weights_sha256=PINS[backbone.weights].sha256,
        plan_sha256=plan.sha256,
        device=plan.study.device,
        seed=seed,
        splits=SPLITS,
        neighbours=NEIGHBOURS,
        frames_per_clip=FRAMES_PER_CLIP,
        estimates=tuple(estimates),
        failed={name: reasons for name, reasons in failed.items() if reasons},
    )


@dataclass(frozen=True)
class _Row:
    """What all estimates of one arm share."""

    plan: Plan
    backbone: Backbone
    n_subjects: int
    n_clips: int
    n_undefined: int
    n_failed: int

    def estimate(
        self,
        arm: str,
        statistic: str,
        value: float | None = None,
        method: str = "",
        note: str = "",
        n: int | None = None,
        bounds: tuple[float | None, float | None] = (None, None),
    ) -> Estimate:
        """One row of the result; an arm is always compared with the real clips."""
        metric = f"{statistic}[{self.backbone.name}]"
        at = "" if n is None else f"|{n} subjects a side"
        return Estimate(
            id=f"{arm} against {REAL}|{metric}{at}",
            statistic=statistic,
            metric=metric,
            region="frame",
            arm=arm,
            against=REAL,
            population=population_of(self.plan, {})[1],
            value=value,
            low=bounds[0],
            high=bounds[1],
            level=LEVEL,
            relation=None,
            margin=None,
            reference=None,
            p=None,
            method=method,
            n_subjects=self.n_subjects if n is None else n,
            n_clips=self.n_clips,
            n_undefined=self.n_undefined,
            n_failed=self.n_failed,
            note=note,
        )


def _estimates(plan: Plan, arm: Arm, backbone: Backbone, real: Embedded, made: Embedded, seed: int) -> list[Estimate]:
    subjects = np.union1d(real.all.subjects, made.all.subjects)
    failed = len(real.failed) + len(made.failed)
    row = _Row(plan, backbone, len(subjects), made.clips, made.absent, failed)
    lost = f"{failed} clips failed and are in no set" if failed else ""
    means = kernel_means(real.all, made.all)
    whole = kid_estimate(means)
    note, interval = _joined(whole.note, lost), (whole.low, whole.high)
    kid = row.estimate(arm.name, "kid", whole.value, whole.method, note, bounds=interval)
    return [kid, *_null(row, arm, real_null(means, SPLITS, seed), seed), *_described(row, arm, real, made, lost)]


def _null(row: _Row, arm: Arm, null: RealNull | None, seed: int) -> list[Estimate]:
    """KID between real clips of disjoint subjects, and of the arm at the same number of subjects."""
    if null is None:
        return [row.estimate(REAL, "kid", note="not computed: a null needs two real subjects on each side")]
    method = f"mean of {SPLITS} random splits into disjoint subjects, seed {seed}"
    rows = []
    for name, values in ((REAL, null.real), (arm.name, null.made)):
        low, high = np.percentile(values, [2.5, 97.5])
        spread = f"no interval: splits share subjects; 95 % of them lie within {low:.4g} to {high:.4g}"
        share = f"in {null.share_above:.0%} of them {arm.name} is farther than other real clips"
        rows.append(row.estimate(name, "kid", float(values.mean()), method, f"{spread}; {share}", null.n))
    return rows


def _described(row: _Row, arm: Arm, real: Embedded, made: Embedded, lost: str) -> list[Estimate]:
    """Frechet distance, density and coverage: figures without interval."""
    backbone, one_each = row.backbone, "the middle frame of each clip" if row.backbone.unit == "frame" else "each clip"
    fewest = min(len(np.unique(sample.all.subjects)) for sample in (real, made))
    vectors = min(len(sample.all.vectors) for sample in (real, made))
    frechet, note = None, f"not computed: {vectors} vectors, two are needed"
    if vectors >= 2:
        frechet = frechet_distance(real.all.vectors, made.all.vectors)
        few = fewest < FEW_SUBJECTS or vectors <= backbone.dimensions
        small = f"descriptive: {fewest} subjects and {vectors} vectors of {backbone.dimensions}; " if few else ""
        note = f"{small}no interval: biased upwards by the number of vectors"
    found = density_coverage(real.middle, made.middle, NEIGHBOURS) if vectors else None
    method = f"k = {NEIGHBOURS}, {one_each}, different subjects only"
    none = f"not computed: {fewest} subjects are too few for {NEIGHBOURS} neighbours of other subjects"
    why = none if found is None else "descriptive, no interval: nearest neighbours are not smooth in the sample"
    return [
        row.estimate(arm.name, backbone.frechet, frechet, "all vectors", _joined(note, lost)),
        row.estimate(arm.name, "density", found and found.density, method, _joined(why, lost)),
        row.estimate(arm.name, "coverage", found and found.coverage, method, _joined(why, lost)),
    ]


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
