"""Write the report of a run: one HTML file that needs nothing else and asks the network for nothing.

Clips and subjects stand in it under their pseudonyms (evalkit.pseudonyms) unless real ids are asked for.
"""

import json
import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from evalkit.claims.wording import OUTCOME_WORDS
from evalkit.metrics.declare import Metric
from evalkit.metrics.registry import declared_metric
from evalkit.pseudonyms import Pseudonyms, read_pseudonyms, real_names
from evalkit.records import Claim, Estimate, Measurement
from evalkit.seal import Run
from evalkit.untouched import altered
from reports.figures.forest import forest_plot
from reports.figures.paired import paired_plot
from reports.gallery.evidence import COLOURS, SCALE_TOP, scale_colours
from reports.gallery.montage import is_stored, montage
from reports.gallery.shares import origins_of
from reports.page.classification import classification_part
from reports.page.conduct import conduct
from reports.page.discriminability import discriminability_parts
from reports.page.distributions import distribution_tables
from reports.page.diversity import diversity_part
from reports.page.exploratory import claims_by_stratum, coverage_part, strata_tables
from reports.page.naming import renamed
from reports.page.privacy import privacy_parts
from reports.page.segmentation import segmentation_parts
from reports.page.transfer import transfer_part
from translator.artefacts import Store, digest, file_digest, installed_version
from translator.fill.origins import CARRIED_OVER, INVENTED

_PANELS = 3
_PAGE = "report.html"
_SHAPED_BY = ("reports", "evalkit", "translator")
_SOURCES = frozenset({".py", ".j2", ".toml", ".json"})
_DRAWN_WITH = ("sonoproof", "jinja2", "markupsafe", "matplotlib")


def write_report(run: Run, path: Path | None = None, real_ids: bool = False) -> Path:
    """Write the page of a sealed run (default `RUN/report.html`).

    Raises: InputError if the run holds no key of pseudonyms and real ids are not asked for.
    """
    target = path or run.folder / _PAGE
    names = real_names(run.plan) if real_ids else read_pseudonyms(run.folder)
    of_renamed = _context(renamed(run, names), names)
    context = {**of_renamed, "diversity": diversity_part(run, names), "real_ids": real_ids}
    page = _environment().get_template("report.html.j2").render(**context)
    partial = target.with_name(f".partial-{target.name}")
    partial.write_text(page, encoding="utf-8")
    return partial.replace(target)


def keep_report(run: Run, store: Store) -> Path:
    """`RUN/report.html` with pseudonyms, made unless the store has it; what was changed by hand is put right.

    The key is the run's seal and all that draws the page, so that another version draws it anew.
    """

    def build(folder: Path) -> None:
        write_report(run, folder / _PAGE)

    params = {"code": _code(), **{name: installed_version(name) for name in _DRAWN_WITH}}
    made = store.make("report", 1, params, {"seal": run.record["seal_sha256"]}, build) / _PAGE
    target = run.folder / _PAGE
    if not (target.is_file() and file_digest(target) == file_digest(made)):
        partial = target.with_name(f".partial-{_PAGE}")
        shutil.copyfile(made, partial)
        partial.replace(target)
    return target


def _code() -> str:
    """Digest of all code, templates and data that can shape the page: this package's and those that it draws on."""
    parts: dict[str, str] = {}
    for name in _SHAPED_BY:
        package = Path(str(files(name)))
        chosen = (path for path in package.rglob("*") if path.suffix in _SOURCES)
        parts |= {f"{name}/{path.relative_to(package).as_posix()}": file_digest(path) for path in chosen}
    return digest(parts)


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("reports", "templates"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=select_autoescape(default=True, default_for_string=True),
    )  # fmt: skip
    made.filters["number"] = _number
    made.filters["share"] = _share
    made.filters["p"] = _p
    made.tests["stored"] = is_stored
    return made


def _number(value: float | None, digits: int = 3) -> str:
    return "not computed" if value is None else f"{value:.{digits}f}"


def _share(value: float | None) -> str:
    return "nothing was hidden" if value is None else f"{value:.1%}"


def _p(value: float | None) -> str:
    return "not computed" if value is None else "< 0.0001" if value < 1e-4 else f"{value:.4f}"


def _context(run: Run, names: Pseudonyms) -> dict[str, Any]:
    study = run.plan["study"]
    claims = [Claim(**claim) for claim in study["claims"]]
    estimates = {estimate.id: estimate for estimate in run.estimates}
    outside = run.plan.get("metrics_from_outside", {})
    of_tasks = run.plan.get("task_outputs", {})
    metrics = {name: declared_metric(name, {**outside, **of_tasks}) for name in (*study["metrics"], *of_tasks)}
    arms = [arm["name"] for arm in study["arms"]]
    population = _population(run)
    return {
        "study": study,
        "verdicts": [
            {
                "claim": claim,
                "verdict": verdict,
                "estimate": estimates[claim.id],
                "label": OUTCOME_WORDS[verdict.outcome],
            }
            for claim, verdict in zip(claims, run.verdicts, strict=True)
        ],
        "forest": forest_plot(claims, estimates, metrics),
        "paired": paired_plot(population, arms, _panels(study, population), {m.name: m.unit for m in metrics.values()}),
        "table": _means(run.estimates, arms, study, metrics),
        "strata": strata_tables(run.strata, arms, _panels(study, population), metrics, study.get("bins", {})),
        "claims_by_stratum": claims_by_stratum(run.strata, metrics),
        "coverage": coverage_part(run, population, _panels(study, population), metrics),
        "distributions": distribution_tables(run.distributions),
        "privacy": privacy_parts(run),
        "classification": classification_part(run, names),
        "transfer": transfer_part(run, names, _panels(study, population), metrics),
        "segmentation": segmentation_parts(run, population),
        "discriminability": discriminability_parts(run, frozenset(row.clip_id for row in population)),
        "gallery": _gallery(run, arms, names),
        "flow": _flow(run, population),
        "conduct": conduct(run, names),
        "plan": run.plan,
        "record": run.record,
        "altered": altered(run.measurements),
        "arms": arms,
        "families": len({claim.family for claim in claims}),
    }


def _population(run: Run) -> list[Measurement]:
    wanted = run.plan["study"]["population"]
    clips = {c["clip_id"] for c in run.plan["clips"] if all(c[column] == value for column, value in wanted.items())}
    return [row for row in run.measurements if row.clip_id in clips]


def _panels(study: dict[str, Any], rows: Sequence[Measurement]) -> list[tuple[str, str]]:
    """What the claims are about first, then the mask; at most three, and none that no clip has a value of."""
    wanted = [
        (claim["metric"], claim["region"])
        for claim in study["claims"]
        if claim["metric"] in study["metrics"] and claim["region"] in study["regions"]
    ]
    wanted += [
        (metric, region)
        for region in ("mask", "frame", *study["regions"])
        for metric in study["metrics"]
        if region in study["regions"]
    ]
    there = {(row.metric, row.region) for row in rows if row.value is not None}
    unique = list(dict.fromkeys(wanted))
    return ([panel for panel in unique if panel in there] or unique)[:_PANELS]


def _means(
    estimates: list[Estimate], arms: list[str], study: dict[str, Any], metrics: dict[str, Metric]
) -> list[dict[str, Any]]:
    """One table per metric: arms down, regions across."""
    found = {(e.arm, e.metric, e.region): e for e in estimates if e.relation is None and e.against is None}
    return [
        {
            "metric": metric,
            "regions": [region for region in study["regions"] if region in metric.regions],
            "digits": 3 if metric.unit == "1" else 2,
            "rows": [
                {
                    "arm": arm,
                    "cells": [found[arm, name, region] for region in study["regions"] if region in metric.regions],
                }
                for arm in arms
            ],
        }
        for name, metric in metrics.items()
    ]


def _gallery(run: Run, arms: list[str], names: Pseudonyms) -> dict[str, Any]:
    """What the exhibits show; their folders have the real clip_ids, which go no further."""
    folder = run.folder / "exhibits"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    subjects = {clip["clip_id"]: clip["subject_id"] for clip in run.plan["clips"]}
    clips, sides = [], []
    for clip in index["clips"]:
        home, beside = folder / clip["clip_id"], clip.get("beside", {})
        shown = montage(home, clip["pictures"], arms, clip["pairing"] == "simulated", beside)
        name = names.clips[clip["clip_id"]]
        clips.append({**names.within(clip), "clip_id": name, "subject_id": subjects[name], "montage": shown})
        sides.append((home, beside))
    return {"rule": names.text(index["rule"]), "clips": clips, "origins": origins_of(sides, arms), "key": _key()}


def _key() -> dict[str, Any]:
    """The colours of evidence and uncertainty, as CSS."""
    stops = [_css(colour) for colour in scale_colours()[::51].tolist()]
    return {
        "carried_over": _css(COLOURS[CARRIED_OVER]),
        "invented": _css(COLOURS[INVENTED]),
        "scale": f"linear-gradient(to right, {', '.join(stops)})",
        "top": SCALE_TOP,
    }


def _css(colour: Sequence[int]) -> str:
    return f"#{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}"


def _flow(run: Run, population: list[Measurement]) -> dict[str, Any]:
    """How many clips there were, and what became of them."""
    rows = run.measurements
    gone: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        if row.status != "ok":
            gone.setdefault(f"{row.status}: {row.note}", set()).add((row.arm, row.clip_id))
    return {
        "clips": len({row.clip_id for row in rows}),
        "subjects": len({row.subject_id for row in rows}),
        "population_clips": len({row.clip_id for row in population}),
        "population_subjects": len({row.subject_id for row in population}),
        "missing": sorted((reason, len({clip for _, clip in pairs}), len(pairs)) for reason, pairs in gone.items()),
    }
