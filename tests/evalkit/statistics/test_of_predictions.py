"""Statistics of predictions: scikit-learn's values, pairing, seeds, failures at both ends, what is missing."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.records import Claim, Estimate, Prediction
from evalkit.statistics.classification import accuracy, f1_macro, f1_weighted
from evalkit.statistics.estimates import Rows, estimate_claim
from evalkit.statistics.grouped import Grouped
from evalkit.statistics.of_predictions import sample_of_predictions
from evalkit.statistics.pairs import OfPairs
from tests.evalkit.statistics.predicted import predictions, probability, truth_and_found

metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
SAME = 1e-12


def _value(statistic: str, rows: list[Prediction], arm: str = "a", against: str | None = None) -> float:
    """The statistic itself, without any resampling."""
    sample = sample_of_predictions(statistic, "view", arm, against, rows)
    assert sample.shown is not None
    return float(sample.statistic.on(sample.shown).values(np.ones((1, sample.shown.n_subjects)))[0])


def _estimate(statistic: str, rows: list[Prediction], **more: object) -> Estimate:
    asked = {"id": "c", "sentence": "s", "arm": "a", "metric": "view", "statistic": statistic, "relation": "at_least",
             "reference": 0.5}  # fmt: skip
    return estimate_claim(Claim.model_validate(asked | more), Rows(predictions=rows), None, "all")


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("right", [0.3, 0.9])
def test_f1_is_that_of_scikit_learn(average: str, right: float) -> None:
    rows = predictions(right=right)
    expected = metrics.f1_score(*truth_and_found(rows), average=average)
    assert _value(f"f1_{average}", rows) == pytest.approx(expected, abs=SAME)


def test_macro_f1_counts_a_class_that_is_only_predicted_as_scikit_learn_does() -> None:
    rows = predictions()
    rows = [replace(rows[0], predicted="SAX"), *rows[1:]]
    expected = metrics.f1_score(*truth_and_found(rows), average="macro", zero_division=0)
    assert _value("f1_macro", rows) == pytest.approx(expected, abs=SAME)


def test_f1_of_one_class_and_accuracy_are_those_of_scikit_learn() -> None:
    rows = predictions()
    truth, found = truth_and_found(rows)
    assert _value("f1[A4C]", rows) == pytest.approx(metrics.f1_score(truth, found, labels=["A4C"], average="macro"))
    assert _value("accuracy", rows) == pytest.approx(metrics.accuracy_score(truth, found), abs=SAME)


def test_auc_of_two_classes_takes_the_last_as_positive_and_ties_count_half() -> None:
    rows = predictions(classes=("real", "synthetic"))
    rows = [replace(row, probabilities=row.probabilities[:9] + row.probabilities[9:]) for row in rows]
    scores = [round(probability(row, "synthetic"), 1) for row in rows]
    rows = [
        replace(row, probabilities=f'{{"real":0,"synthetic":{score}}}') for row, score in zip(rows, scores, strict=True)
    ]
    assert len(set(scores)) < len(scores)
    expected = metrics.roc_auc_score([row.label == "synthetic" for row in rows], scores)
    assert _value("auc", rows) == pytest.approx(expected, abs=SAME)


def test_auc_of_three_classes_is_the_mean_of_each_against_the_rest() -> None:
    rows = predictions(right=0.4)
    table = np.array([[probability(row, name) for name in ("A2C", "A4C", "PLAX")] for row in rows])
    each = [metrics.roc_auc_score([row.label == name for row in rows], table[:, k])
            for k, name in enumerate(("A2C", "A4C", "PLAX"))]  # fmt: skip
    assert _value("auc", rows) == pytest.approx(np.mean(each), abs=SAME)
    assert _value("auc[A4C]", rows) == pytest.approx(each[1], abs=SAME)


def test_a_resample_of_the_auc_is_the_auc_of_the_resampled_clips() -> None:
    rng = np.random.default_rng(3)
    names = [f"s{k}" for k in rng.integers(0, 9, 40)]
    truth, score = rng.integers(0, 2, 40), rng.integers(0, 6, 40)
    rows = Grouped.of(names, truth, score)
    counts = rng.multinomial(9, np.ones(rows.n_subjects) / rows.n_subjects, 5).astype(float)
    evaluator = OfPairs("auc", (1.0,)).on(rows)
    for count, value, without in zip(counts, evaluator.values(counts), evaluator.without_each(counts), strict=True):
        weights = count[rows.subject]
        assert value == pytest.approx(metrics.roc_auc_score(truth, score, sample_weight=weights), abs=SAME)
        first = int(np.flatnonzero(count)[0])
        fewer = np.where(np.arange(rows.n_subjects) == first, count - 1, count)[rows.subject]
        assert without[first] == pytest.approx(metrics.roc_auc_score(truth, score, sample_weight=fewer), abs=SAME)


def test_seeds_are_averaged_and_not_pooled() -> None:
    rows = predictions(seeds=3, right=0.5)
    each = [metrics.f1_score(*truth_and_found([row for row in rows if row.seed == seed]), average="macro")
            for seed in range(3)]  # fmt: skip
    assert _value("f1_macro", rows) == pytest.approx(np.mean(each), abs=SAME)


def test_two_arms_are_compared_on_the_clips_that_both_have() -> None:
    ours, theirs = predictions("a"), predictions("real", right=0.9)
    kept = [row for row in theirs if row.clip_id != ours[0].clip_id]
    expected = metrics.accuracy_score(*truth_and_found(ours[1:])) - metrics.accuracy_score(*truth_and_found(kept))
    assert _value("accuracy", ours + kept, "a", "real") == pytest.approx(expected, abs=SAME)
    found = _estimate("accuracy", ours + kept, against="real", relation="equivalent", margin=0.3, reference=None)
    assert (found.n_undefined, found.n_clips) == (1, len(ours) - 1)


def test_swapping_the_arms_mirrors_value_and_interval() -> None:
    rows = predictions("a", right=0.6) + predictions("b", right=0.8)
    asked = {"relation": "equivalent", "margin": 0.3, "reference": None}
    one, two = (
        _estimate("f1_macro", rows, against="b", **asked),
        _estimate("f1_macro", rows, arm="b", against="a", **asked),
    )
    assert one.value is not None
    assert (two.value, two.low, two.high) == pytest.approx((-one.value, -(one.high or 0), -(one.low or 0)), abs=1e-9)


def test_an_arm_that_predicts_the_same_differs_by_nothing_and_says_that_nothing_varies() -> None:
    ours = predictions("a")
    found = _estimate("f1_macro", ours + [replace(row, arm="real") for row in ours], against="real",
                      relation="equivalent", margin=0.05, reference=None)  # fmt: skip
    assert (found.value, found.low, found.note) == (0.0, None, "not computed: no variation between subjects")


@pytest.mark.parametrize("statistic", ["accuracy", "auc"])
def test_a_failure_is_wrong_at_one_end_and_right_at_the_other(statistic: str) -> None:
    rows = predictions(classes=("real", "synthetic"), right=0.7)
    failed = replace(rows[0], predicted=None, probabilities="", status="failed", note="because")
    whole, found = _estimate(statistic, rows), _estimate(statistic, [failed, *rows[1:]])
    assert found.n_failed == 1
    sample = sample_of_predictions(statistic, "view", "a", None, [failed, *rows[1:]])
    ends = [float(sample.statistic.on(end).values(np.ones((1, end.n_subjects)))[0])
            for end in (sample.low, sample.high) if end is not None]  # fmt: skip
    assert ends[0] < ends[1]
    assert found.value == pytest.approx(ends[0])
    assert whole.value is not None
    assert ends[0] <= whole.value <= ends[1]


@pytest.mark.parametrize("statistic", ["f1_macro", "f1_weighted", "f1[real]"])
def test_f1_is_not_computed_where_a_clip_failed_as_no_failure_may_help_a_claim(statistic: str) -> None:
    rows = predictions(classes=("real", "synthetic"), right=0.7)
    failed = replace(rows[0], predicted=None, probabilities="", status="failed", note="because")
    found = _estimate(statistic, [failed, *rows[1:]])
    assert (found.value, found.n_failed) == (None, 1)
    assert "1 clips failed" in found.note


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ([], "not computed: the run holds no predictions of this task"),
        (predictions("b"), "not computed: the task predicted nothing for a"),
        (predictions(classes=("A4C",)), "not computed: all labels are equal"),
        (predictions(subjects=5), "not computed: 5 subjects, an interval needs 6"),
        (predictions(subjects=1, clips=1), "not computed: all labels are equal"),
        ([replace(row, probabilities="") for row in predictions()], "not computed: no prediction has probabilities"),
        ([replace(row, label=None) for row in predictions()], "not computed: no clip has a label and a prediction"),
    ],
)
def test_what_cannot_be_had_says_why(rows: list[Prediction], note: str) -> None:
    found = _estimate("auc", rows)
    assert (found.low, found.p, found.note) == (None, None, note)


def test_a_class_that_no_clip_has_says_so() -> None:
    assert _estimate("auc[SAX]", predictions()).note == "not computed: no clip has the label 'SAX'"


def test_counts_with_a_class_that_does_not_occur_have_scikit_learns_f1_and_no_counts_have_none() -> None:
    counts = np.array([[3.0, 1, 0], [4, 2, 0], [4, 2, 0]])  # hits, labels, predictions of three classes
    assert f1_macro(counts) == pytest.approx((6 / 8 + 2 / 4) / 2)
    assert f1_weighted(counts) == pytest.approx((4 * 6 / 8 + 2 * 2 / 4) / 6)
    assert accuracy(counts) == pytest.approx(4 / 6)
    for statistic in (f1_macro, f1_weighted, accuracy):
        assert np.isnan(statistic(np.zeros((3, 3))))


def test_a_subject_with_clips_of_both_truths_is_left_out_with_its_own_pairs() -> None:
    rows = Grouped.of(["a", "a", "b", "b", "c", "c"], [1, 0, 1, 0, 1, 0], [0.9, 0.2, 0.4, 0.6, 0.7, 0.1])
    (without,) = OfPairs("auc", (1.0,)).on(rows).without_each(np.ones((1, 3)))
    assert without.tolist() == [3 / 4, 1.0, 3 / 4]


def test_of_two_classes_the_last_is_positive_and_a_named_one_is_the_one_that_counts() -> None:
    rows = predictions(classes=("real", "synthetic"), right=0.6)
    sample = sample_of_predictions("auc", "view", "a", None, rows)
    assert sample.shown is not None
    assert sample.shown.columns.shape[1] == 2
    assert sample.shown.columns[:, 0].sum() == sum(row.label == "synthetic" for row in rows)
    assert _value("auc[real]", rows) == pytest.approx(_value("auc", rows), abs=1e-9)


def test_clips_without_label_or_probabilities_are_counted_as_undefined_for_the_arms_asked_about() -> None:
    rows = predictions(classes=("A2C", "A4C"))
    bare = [replace(rows[0], probabilities=""), *rows[1:]]
    found = sample_of_predictions("auc", "view", "a", None, bare)
    assert (found.n_clips, found.n_undefined) == (len(rows) - 1, 1)
    nameless = [replace(rows[0], label=None), *rows[1:]]
    others = [replace(row, arm="b", clip_id=f"x{row.clip_id}", label=None) for row in rows[:3]]
    found = sample_of_predictions("accuracy", "view", "a", None, nameless + others)
    assert (found.n_clips, found.n_undefined) == (len(rows) - 1, 1)
    none = [replace(row, probabilities="") for row in rows]
    absent = sample_of_predictions("auc", "view", "a", None, none)
    assert (absent.note, absent.n_clips, absent.n_failed, absent.n_undefined) == (
        "not computed: no prediction has probabilities", 0, 0, len(rows)
    )  # fmt: skip


def test_where_nothing_failed_both_ends_are_the_same_rows_and_where_f1_has_no_bound_clips_are_counted() -> None:
    rows = predictions()
    whole = sample_of_predictions("accuracy", "view", "a", None, rows)
    assert whole.low is whole.high
    absent = replace(rows[1], status="undefined", predicted=None)
    failed = [replace(rows[0], status="failed", predicted=None, probabilities=""), absent, *rows[2:]]
    found = sample_of_predictions("f1_macro", "view", "a", None, failed)
    assert (found.shown, found.n_failed, found.n_undefined) == (None, 1, 1)
    assert found.statistic.estimand == "clip-weighted"
    assert sample_of_predictions("accuracy", "view", "a", None, failed).low is not None
