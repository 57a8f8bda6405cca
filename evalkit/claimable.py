"""What a claim can be about: the statistics that it can name, declared. evalkit.statistics computes them.

A statistic is of rows of the run (measurements, predictions of a task), or of a file that the claim brings along (a
reader study, timings). `f1[CLASS]` and `auc[CLASS]` name one class of a task.
"""

import difflib
import re
from dataclasses import dataclass, replace
from typing import Literal

Table = Literal["measurements", "translations", "predictions", "readers", "timings", "none"]
OfClass = re.compile(r"(f1|auc)\[(.+)\]")


@dataclass(frozen=True, kw_only=True)
class Claimable:
    """A statistic that a claim can name.

    `table`: the rows that it is of; translations are measurements of which only the status counts. `words`: how a
    sentence names it, with {metric}, {region} and {arm} to fill in. `bounds`, `unit` and `higher_is_better` are None
    where the claim's metric says so. `absent` says why no version so far can compute it.
    """

    name: str
    table: Table
    words: str
    summary: str
    bounds: tuple[float, float] | None = None
    unit: str | None = None
    higher_is_better: bool | None = None
    absent: str = ""

    @property
    def of_metric(self) -> bool:
        """Whether it is of the values of a metric, whose direction it shares."""
        return self.table == "measurements"

    @property
    def takes_two(self) -> bool:
        """Whether two arms can be compared by it."""
        return self.table not in ("readers", "none")


_SHARE = (0.0, 1.0)
_F1 = "F1 of one class: 2 TP / (2 TP + FP + FN)"
_AUC = "area under the ROC curve of one class against the rest, ties counting half"

STATISTICS: dict[str, Claimable] = {
    found.name: found
    for found in (
        Claimable(name="mean", table="measurements", words="{metric} in the {region} of {arm}",
                  summary="mean of subjects' means of a metric; every subject counts the same"),
        Claimable(name="clip_mean", table="measurements",
                  words="the mean over clips of {metric} in the {region} of {arm}",
                  summary="mean over clips of a metric; every clip counts the same"),
        Claimable(name="slope", table="measurements",
                  words="the change of {metric} in the {region} of {arm} from coverage 0 to 1",
                  summary="least-squares slope of a metric on coverage, every subject counting the same"),
        Claimable(name="failed_share", table="translations", words="the share of clips that failed in {arm}",
                  bounds=_SHARE, unit="1", higher_is_better=False,
                  summary="share of clips that the arm failed on, every subject counting the same"),
        Claimable(name="f1_macro", table="predictions", words="macro F1 of {metric} on {arm}", bounds=_SHARE, unit="1",
                  higher_is_better=True,
                  summary="mean of F1 over the classes that occur among labels or predictions (scikit-learn's)"),
        Claimable(name="f1_weighted", table="predictions", words="weighted F1 of {metric} on {arm}", bounds=_SHARE,
                  unit="1", higher_is_better=True, summary="mean of F1 over classes, weighted by their labels"),
        Claimable(name="accuracy", table="predictions", words="accuracy of {metric} on {arm}", bounds=_SHARE, unit="1",
                  higher_is_better=True, summary="share of predictions that are the label"),
        Claimable(name="auc", table="predictions", words="AUC of {metric} on {arm}", bounds=_SHARE, unit="1",
                  higher_is_better=True,
                  summary="area under the ROC curve: of two classes the last by name is positive; of more, the mean of"
                  " each against the rest"),
        Claimable(name="reader_accuracy", table="readers", words="reader-averaged balanced accuracy", bounds=_SHARE,
                  unit="1", higher_is_better=True,
                  summary="mean of sensitivity and specificity of the average reader, readers and cases random (MRMC)"),
        Claimable(name="reader_auc", table="readers", words="reader-averaged AUC", bounds=_SHARE, unit="1",
                  higher_is_better=True, summary="AUC of the average reader, readers and cases random (MRMC)"),
        Claimable(name="times_faster", table="timings", words="the speed of {arm}", bounds=(0.0, 1e9), unit="times",
                  higher_is_better=True,
                  summary="geometric mean over clips of the seconds of `against` over those of `arm`"),
        Claimable(name="share_after", table="none", words="the share of under-represented sites", bounds=_SHARE,
                  unit="1", higher_is_better=True, summary="share of a class or site after translation",
                  absent="it is about a set of clips: `sonoproof diversity` computes it, with an interval"),
    )
}  # fmt: skip


def find_statistic(name: str) -> Claimable:
    """The statistic of that name.

    Raises: ValueError with the nearest known name if there is none.
    """
    if name in STATISTICS:
        return STATISTICS[name]
    of_class = OfClass.fullmatch(name)
    if of_class:
        kind, label = of_class.groups()
        words = f"{'F1' if kind == 'f1' else 'AUC'} of class {_plain(label)} of {{metric}} on {{arm}}"
        return replace(STATISTICS["accuracy"], name=name, words=words, summary=_F1 if kind == "f1" else _AUC)
    known = [*STATISTICS, "f1[CLASS]", "auc[CLASS]"]
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    raise ValueError(f"unknown statistic {name!r}; {hint}")


def _plain(label: str) -> str:
    """A class as it may stand in words that are filled in later."""
    return label.replace("{", "{{").replace("}", "}}")
