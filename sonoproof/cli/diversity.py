"""`sonoproof diversity`: what translating the colour Doppler clips adds to a set, and which of them to translate."""

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from evalkit.backbones import find_backbone
from evalkit.balance import Chosen, plan_balance
from evalkit.diversity import COLUMNS, Change, LevelCount, OfColumn, OfVectors, Usable, of_column, of_vectors, usable
from evalkit.embedding import clip_vectors
from evalkit.facts import facts_of
from evalkit.measuring import Stores
from evalkit.plan import Plan, freeze_on
from evalkit.statistics.bootstrap import RESAMPLES
from evalkit.statistics.result import Result
from evalkit.study import Study
from reports.figures.diversity import level_bars
from sonoproof.cli.console import Json, Report, err, out, print_json, progress
from sonoproof.cli.studies import CACHE, frozen
from sonoproof.cli.weights import WeightsFolder
from translator.artefacts import Store
from translator.clips.manifest import Entry, Manifest, read_manifest
from translator.errors import bad_input
from translator.weights import WeightsAbsentError, use_folder


def diversity(
    path: Annotated[
        Path, typer.Argument(metavar="STUDY.toml|MANIFEST", help="A study, or a manifest.", show_default=False)
    ],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder to write to: must be new.", show_default=False)],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help=f"Column: {', '.join(COLUMNS)} (default: those that are filled; may be repeated)."),
    ] = None,
    under: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=LEVEL that is under-represented (default: below the median over the levels)."),
    ] = None,
    balance: Annotated[str | None, typer.Option(help="Plan which clips to translate to balance this column.")] = None,
    per_subject: Annotated[int | None, typer.Option(min=1, help="Clips of one subject in that plan, at most.")] = None,
    at_most: Annotated[int | None, typer.Option(min=1, help="Clips in that plan, at most.")] = None,
    below: Annotated[
        float | None,
        typer.Option(
            "--coverage-below",
            min=0.0,
            max=1.0,
            help="Translate only clips of whose sector colour hides less than this share.",
        ),
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Arm of the study whose translations are embedded.")] = None,
    backbone: Annotated[
        str | None, typer.Option(help="Similarity-sensitive diversity by its features, as efficientnet-lite0; a study.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Split of a manifest (default: all).")] = None,
    root: Annotated[
        Path | None, typer.Option(help="Folder that the manifest's files are relative to, if not its own.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help=f"Where finished parts are kept (default: {CACHE} beside STUDY or MANIFEST).")
    ] = None,
    weights: WeightsFolder = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
    resamples: Annotated[int, typer.Option(min=99, help="Resamples of subjects.")] = RESAMPLES,
    as_json: Json = False,
) -> None:
    """Clips by class, site and view before and after translation, and which clips to translate for balance.

    A clip is there before if it has a greyscale file, and after also if it has colour Doppler only.
    """  # fmt: skip
    use_folder(weights)
    if out_folder.exists():
        raise bad_input(out_folder, "exists", "Give a new folder")
    plan, entries = _opened(path, root, split)
    if backbone is not None and plan is None:
        raise bad_input("--backbone", f"{path} is a manifest", "Give a study, which has the arm that translates")
    columns, stated = _columns(by, balance, entries), _stated(under or [])
    how = {"seed": seed, "n_resamples": resamples}
    with progress() as show, TemporaryDirectory() as own:
        store = Store(cache or path.resolve().parent / CACHE)
        stores = Stores(shared=store, own=Store(Path(own), store.libraries))
        coverage = {} if below is None else _coverage(plan or _without_study(path, root, entries), stores, show)
        allowed = None if below is None else frozenset(n for n, c in coverage.items() if c is not None and c < below)
        clips = usable(entries, allowed)
        chosen = None if balance is None else _planned(clips, balance, per_subject, at_most, coverage)
        found = _Found(
            tuple(of_column(clips, column, stated.get(column, ()), **how) for column in columns),
            None if plan is None or backbone is None else _embedded(plan, clips, arm, backbone, stores, show),
            chosen,
            None if balance is None or chosen is None else _after_plan(clips, balance, stated, chosen, how),
        )
    about = {"clips": len(clips), "before": sum(c.before for c in clips), "after": sum(c.after for c in clips),
             "coverage_below": below, "refused": sum(not c.after for c in clips), **how}  # fmt: skip
    _write(out_folder, about, found)
    if as_json:
        print_json(_document(about, found))
    else:
        _print(about, found)
        names = ", ".join(sorted(file.name for file in out_folder.iterdir()))
        out.print(f"{out_folder}: {names}", highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class _Found:
    """What is written and shown; `planned` is the balanced column if the plan alone is followed."""

    columns: tuple[OfColumn, ...]
    vectors: OfVectors | None
    chosen: list[Chosen] | None
    planned: OfColumn | None


def _opened(path: Path, root: Path | None, split: str | None) -> tuple[Plan | None, list[Entry]]:
    """The plan, of a study, and the clips that are counted."""
    if path.suffix.lower() == ".toml":
        if split is not None:
            raise bad_input("--split", "the study names its own", "Leave it out, or give the manifest")
        plan = frozen(path, root)
        return plan, list(plan.manifest.where(**plan.study.population).entries)
    manifest = read_manifest(path, root)
    entries = list(manifest.entries if split is None else manifest.where(split=split).entries)
    if not entries:
        raise bad_input(path, f"has no clips of split {split!r}", "Correct --split")
    return None, entries


def _without_study(path: Path, root: Path | None, entries: Sequence[Entry]) -> Plan:
    """A plan in which the clips' masks can be found; the arm in it is not used."""
    arm = {"name": "telea", "translator": "trivial:telea"}
    study = Study.model_validate({"title": "diversity", "manifest": path.name, "arms": [arm]})
    as_test = [entry.model_copy(update={"split": study.split}) for entry in entries]
    return freeze_on(Manifest(as_test, root or path.parent), study, path.resolve().parent, {})


def _columns(by: Sequence[str] | None, balance: str | None, entries: Sequence[Entry]) -> tuple[str, ...]:
    asked = [*(by or []), *([balance] if balance else [])]
    for column in asked:
        if column not in COLUMNS:
            raise bad_input(f"column {column}", "cannot be balanced", f"Known: {', '.join(COLUMNS)}")
    filled = [name for name in COLUMNS if any(getattr(entry, name) is not None for entry in entries)]
    columns = tuple(dict.fromkeys(by or filled)) or tuple(filled)
    if balance is not None and balance not in columns:
        columns = (*columns, balance)
    if not columns:
        raise bad_input("manifest", f"fills none of {', '.join(COLUMNS)}", "Fill one of them")
    return columns


def _stated(texts: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        column, equals, level = text.partition("=")
        if not equals or column not in COLUMNS or not level:
            raise bad_input(f"--under {text}", "is not COLUMN=LEVEL", f"As site=A; columns: {', '.join(COLUMNS)}")
        found.setdefault(column, []).append(level)
    return found


def _coverage(plan: Plan, stores: Stores, show: Report) -> dict[str, float | None]:
    """clip_id -> share of the sector that colour hides, of clips with colour Doppler."""
    entries = [entry for entry in plan.manifest.entries if entry.cfd is not None]
    found: dict[str, float | None] = {}
    for index, entry in enumerate(entries):
        show("coverage", index, len(entries))
        found[entry.clip_id] = facts_of(plan, entry, stores).coverage
    show("coverage", len(entries), len(entries))
    return found


def _planned(
    clips: Sequence[Usable],
    column: str,
    per_subject: int | None,
    at_most: int | None,
    coverage: Mapping[str, float | None],
) -> list[Chosen]:
    there = Counter(str(level) for clip in clips if clip.before and (level := getattr(clip.entry, column)) is not None)
    able = [clip.entry for clip in clips if clip.added]
    return plan_balance(there, able, column, per_subject=per_subject, at_most=at_most, coverage=coverage)


def _after_plan(
    clips: Sequence[Usable], column: str, stated: Mapping[str, list[str]], chosen: Sequence[Chosen], how: dict[str, int]
) -> OfColumn:
    """The column if only the planned clips are translated."""
    taken = {one.clip_id for one in chosen}
    planned = [Usable(clip.entry, clip.before, clip.before or clip.entry.clip_id in taken) for clip in clips]
    there = {str(getattr(clip.entry, column)) for clip in planned if clip.after}
    return of_column(planned, column, [level for level in stated.get(column, ()) if level in there], **how)


def _embedded(
    plan: Plan, clips: Sequence[Usable], arm: str | None, backbone: str, stores: Stores, show: Report
) -> OfVectors:
    name = arm or plan.arms[0].name
    maker = next((each for each in plan.arms if each.name == name), None)
    if maker is None:
        raise bad_input(f"--arm {name}", "is no arm of the study", f"Known: {', '.join(a.name for a in plan.arms)}")
    declared = find_backbone(backbone)
    real = [clip.entry for clip in clips if clip.before]
    added = [clip.entry for clip in clips if clip.added]
    try:
        of_real, lost = clip_vectors(plan, real, None, declared, stores, show)
        of_made, failed = clip_vectors(plan, added, maker, declared, stores, show)
    except WeightsAbsentError as error:
        return OfVectors(name, backbone, None, len(real), len(real) + len(added), (), str(error))
    for clip_id, why in {**lost, **failed}.items():
        err.print(f"[yellow]warning[/] {escape(clip_id)} has no vector: {escape(why)}", highlight=False, soft_wrap=True)
    subjects = {clip.entry.clip_id: clip.entry.subject_id for clip in clips}
    return of_vectors(name, backbone, of_real, of_made, subjects)


def _document(about: Mapping[str, Any], found: _Found) -> dict[str, Any]:
    return {"schema_version": 1, **about, **asdict(found)}


def _write(folder: Path, about: Mapping[str, Any], found: _Found) -> None:
    folder.mkdir(parents=True)
    text = json.dumps(_document(about, found), indent=2, allow_nan=False)
    (folder / "diversity.json").write_text(text + "\n", encoding="utf-8")
    (folder / "levels.svg").write_text(level_bars(found.columns, standalone=True), encoding="utf-8")
    levels = [{"column": one.column, **asdict(level)} for one in found.columns for level in one.levels]
    _write_csv(folder / "levels.csv", ["column", *(field.name for field in fields(LevelCount))], levels)
    if found.chosen is not None:
        names = [field.name for field in fields(Chosen)]
        _write_csv(folder / "plan.csv", names, [asdict(one) for one in found.chosen])


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _print(about: Mapping[str, Any], found: _Found) -> None:
    refused = f"; {about['refused']} refused by --coverage-below" if about["coverage_below"] is not None else ""
    _line(f"{about['clips']} clips: {about['before']} with greyscale, {about['after']} after translation{refused}")
    for one in found.columns:
        _print_column(one)
    if found.vectors is not None:
        _line(found.vectors.note or f"{found.vectors.backbone} of arm {found.vectors.arm}: clips nearer than "
              f"{found.vectors.scale:.3g} are alike")  # fmt: skip
        out.print(_changes(f"{found.vectors.n_before} clips, {found.vectors.n_after} after", found.vectors.changes))
    if found.chosen is not None and found.planned is not None:
        _line(f"plan: translate {len(found.chosen)} clips to balance {found.planned.column}; it comes to")
        _print_column(found.planned)


def _print_column(found: OfColumn) -> None:
    table = Table(found.column, "before", "added", "after", "subjects before", "after", "under-represented")
    for level in found.levels:
        counts = (level.before, level.added, level.after, level.subjects_before, level.subjects_after)
        table.add_row(escape(level.level), *map(str, counts), "yes" if level.under_represented else "")
    out.print(table)
    _line(f"under-represented: {found.rule}; {found.not_stated} clips do not state their {found.column}")
    out.print(_changes(found.column, found.changes))


def _changes(title: str, changes: Sequence[Change]) -> Table:
    table = Table(escape(title), "before", "after", "difference")
    for change in changes:
        table.add_row(change.statistic, *map(_cell, (change.before, change.after, change.difference)))
    return table


def _cell(found: Result) -> str:
    if found.value is None:
        return escape(found.note)
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return escape(f"{found.value:.3f} [{found.low:.3f} to {found.high:.3f}]")


def _line(text: str) -> None:
    out.print(escape(text), highlight=False, soft_wrap=True)
