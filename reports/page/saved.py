"""Numbers of the sections on tasks, sets of clips and conduct, as rows that can be saved from the page.

One form for all: part (what the section has a block of), version (an arm, real clips, a level), statistic, and what it
came to. What has no number has its reason in `note`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from evalkit.records import Distribution
from reports.page.download import Cell, csv_download
from reports.page.rendering import rendered

_ENDS = ("value", "low", "high", "level", "method", "note")
COLUMNS = ("part", "version", "statistic", *_ENDS)
Row = tuple[str, str, str, Any]  # part, version, statistic, and a number, a result, a table of one, or words
_OF_CLASSES = ("f1_macro", "f1_weighted", "accuracy")


def saved(name: str, rows: Iterable[Row], kept_in: str = "") -> Markup:
    """The link by which rows are saved as CSV; `kept_in` is the run's file that has the numbers too."""
    lines = ((part, version, what, *_cells(found)) for part, version, what, found in rows)
    return rendered("sections/saved.html.j2", download=csv_download(name, COLUMNS, lines, kept_in))


def _cells(found: Any) -> Sequence[Cell]:
    """value, low, high, level, method, note."""
    if isinstance(found, str):
        return (None,) * 5 + (found,)
    if found is None or isinstance(found, int | float):
        return (found, *(None,) * 5)
    if isinstance(found, Mapping):
        return [found.get(key) for key in _ENDS]
    return [getattr(found, key, None) for key in _ENDS]


def classification_rows(blocks: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Of reports.page.classification: F1, accuracy, confusion and calibration; differences and McNemar's p."""
    for block in blocks:
        name, classes = block["name"], block["classes"]
        for row in block["arms"]:
            yield from _of_version(name, classes, row)
        for row in block["against"]:
            version = f"{row['arm']} minus real"
            yield name, version, "clips", row["n_clips"]
            if "note" in row:
                yield name, version, "difference", row["note"]
                continue
            yield from ((name, version, what, row[what]) for what in _OF_CLASSES)
            for seed, test in enumerate(row["mcnemar"], 1):
                yield name, version, f"p of McNemar's test, model {seed}", {**test, "value": test["p"]}


def _of_version(name: str, classes: Sequence[str], row: Mapping[str, Any]) -> Iterator[Row]:
    arm = row["arm"]
    yield from ((name, arm, what, row[f"n_{what}"]) for what in ("clips", "subjects", "failed"))
    if "note" in row:
        yield name, arm, "F1", row["note"]
        return
    yield from ((name, arm, what, row[what]) for what in _OF_CLASSES)
    yield from ((name, arm, f"f1[{each}]", value) for each, value in row["f1"].items())
    for seed, table in enumerate(row["confusion"], 1):
        for each, counts in zip(classes, table, strict=True):
            for said, count in zip((*classes, "failed"), counts, strict=True):
                yield name, arm, f"{each} called {said}, model {seed}", count
    if row["calibration"]:
        yield from ((name, arm, what, row["calibration"][what]) for what in ("ece", "brier"))


def transfer_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Of transfer.json: the value on each group of clips, and its drop."""
    for row in rows:
        part, group = f"{row['metric']}, {row['region']}", f"{row['anatomy']} ({row['seen']})"
        yield part, row["arm"], group, {**row, "level": 0.95, "method": "", "note": row["note"] or row["reason"]}
        if row["seen"] == "zero-shot":
            drop = {"value": row["drop"], "low": row["drop_low"], "high": row["drop_high"], "note": row["drop_note"]}
            yield part, row["arm"], f"drop on {group}", {**drop, "level": 0.95, "method": row["method"]}


def set_rows(found: Iterable[Distribution]) -> Iterator[Row]:
    """Of sets of clips: KID and its like."""
    return ((each.backbone, f"{row.arm} against {row.against}", row.id, row)
            for each in found for row in each.estimates)  # fmt: skip


def privacy_rows(parts: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Of reports.page.privacy: nearest neighbours, copies, membership."""
    for part in parts:
        if part["missing"]:
            yield part["name"], "", "", part["missing"]
        for row in part["near"]:
            kept = ((what, found) for what, found in row.items() if what not in ("words", "arm") and found is not None)
            yield from ((part["name"], row["arm"], f"{what}, {row['words']}", found) for what, found in kept)
        for row in part["guessed"]:
            what = f"AUC of membership, {row['words']}"
            yield part["name"], row["arm"], what, row["verdict"] if row["auc"] is None else row["auc"]


def segmentation_rows(parts: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Of reports.page.segmentation: limits of agreement and ICC; each version against the labels."""
    for part in parts:
        for row in part["areas"]:
            what = f"{row['structure']}, {row['what']} [{row['unit']}]"
            limits = row["limits"]
            for name, found in (("bias", limits.bias), ("lower limit", limits.lower), ("upper limit", limits.upper)):
                yield part["name"], row["arm"], f"{what}: {name}", found
            yield part["name"], row["arm"], f"{what}: ICC", row["icc"]
        for row in part["labels"]:
            for name, found in zip(("Dice", "IoU", "HD95", "NSD"), row["cells"], strict=True):
                if found is not None:
                    yield part["name"], row["version"], f"{name} against the labels", found


def discriminability_rows(parts: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Of reports.page.discriminability: AUC, accuracy, p, and what each number of texture is worth."""
    for part in parts:
        name = part["name"]
        if part["missing"]:
            yield name, "", "", part["missing"]
        for row in part["arms"]:
            if row["missing"]:
                yield name, row["arm"], "AUC", row["missing"]
                continue
            told, texture = row["told"], row["told"]["texture"]
            yield name, row["arm"], "AUC", row["result"].auc
            yield name, row["arm"], "accuracy", row["result"].accuracy
            yield from ((name, row["arm"], what, told[what]) for what in ("p", "smallest_p", "clips"))
            yield name, row["arm"], "subjects", row["subjects"]
            for each in texture.get("features", ()):
                yield name, row["arm"], f"AUC by {each['name']} alone", each["auc_alone"]
                yield name, row["arm"], f"AUC lost without {each['name']}", each["auc_lost_without"]


def diversity_rows(columns: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Of reports.page.diversity: clips and subjects of each level, and what the column comes to."""
    for column in columns:
        of = column["of"]
        for level in of.levels:
            for what in ("before", "added", "after", "subjects_before", "subjects_after"):
                yield of.column, level.level, what, getattr(level, what)
        for change in of.changes:
            for what in ("before", "after", "difference"):
                yield of.column, "all levels", f"{change.statistic}, {what}", getattr(change, what)


def flow_rows(flow: Mapping[str, Any]) -> Iterator[Row]:
    """Of flow.json: clips and subjects of each step."""
    for step in ("listed", "in_split", "in_run", "in_population"):
        yield from (("study", step, what, flow[step][what]) for what in ("clips", "subjects"))
    for row in flow["excluded"]:
        yield from (("excluded", row["reason"], what, row[what]) for what in ("clips", "subjects"))
    for arm in flow["arms"]:
        for step in ("given", "failed", "unpaired", "undefined", "measured"):
            yield from ((arm["arm"], step, what, arm[step][what]) for what in ("clips", "subjects"))
