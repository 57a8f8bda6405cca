"""Write the page of a gate: its verdict, every endpoint against its margin, and the clips that got worst, as pictures.

Pictures are of the clips that the two runs exhibit; of any other clip the page says how to come by one.
"""

from collections.abc import Sequence
from pathlib import Path

from evalkit.gate.judge import Finding, Judgement
from evalkit.gate.tell import STATES, broken, change_of, failures, leaps
from evalkit.seal import Run
from reports.comparison.gallery import exhibited, in_step
from reports.comparison.pairing import Pairing, pair
from reports.comparison.write import runs_section
from reports.figures.margins import Row, margins_plot
from reports.page.download import csv_download
from reports.page.rendering import rendered, whole_page
from reports.page.section import Section
from reports.page.sections.gallery import key
from reports.page.write import PAGE_BYTES, SHELL_BYTES, put

_MOST_SHOWN = 12  # clips
_COLUMNS = ("endpoint", "clips", "state", "difference", "low", "high", "level", "margin", "subjects", "n_clips", "note")


def write_gate(
    found: Judgement, baseline: Run, candidate: Run, path: Path, strict: bool = False, real_ids: bool = False
) -> Path:
    """Write one self-contained HTML file; `found` names clips by their real ids.

    Raises: InputError if a run holds no key of pseudonyms and real ids are not asked for.
    """
    pairing = pair([baseline, candidate], real_ids=real_ids)
    told = found.under(pairing.sides[0].view.names)
    sections = [_endpoints(told), _clips(told)]
    taken = sum(len(section.body.encode()) for section in sections if section is not None)
    sections += [_pictures(told, pairing, PAGE_BYTES - taken - SHELL_BYTES), runs_section(pairing)]
    lead = rendered("gate/lead.html.j2", found=told, strict=strict, passes=told.passes(strict), real_ids=real_ids,
                    failures=failures(told), broken=broken(told), leaps=leaps(told))  # fmt: skip
    title = f"Gate: {pairing.sides[0].view.study['title']}"
    put(path, whole_page(title, lead, [section for section in sections if section is not None]))
    return path


def worst_clips(found: Judgement) -> dict[str, list[str]]:
    """Each clip that the gate names as bad, and why, the worst offences first."""
    why: dict[str, list[str]] = {}
    for clip in found.new_failures:
        why.setdefault(clip, []).append("fails, or has no value, and had one before")
    for leap in found.broken:
        why.setdefault(leap.change.clip_id, []).append(f"broken: {leap.endpoint}")
    for finding in found.of("regressed"):
        for change in finding.worst:
            words = f"among the worst: {finding.endpoint.name}, {finding.stratum or 'all clips'}"
            why.setdefault(change.clip_id, []).append(words)
    for leap in found.leaps:
        why.setdefault(leap.change.clip_id, []).append(f"far better than before: {leap.endpoint}")
    return why


def _ordered(found: Judgement) -> list[Finding]:
    return sorted(found.findings, key=lambda each: STATES.index(each.state))


def _endpoints(found: Judgement) -> Section:
    findings = _ordered(found)
    table = ((f.endpoint.name, f.stratum or "all", f.state, f.estimate.value, f.estimate.low, f.estimate.high,
              f.estimate.level, f.endpoint.margin, f.estimate.n_subjects, f.estimate.n_clips, f.estimate.note)
             for f in findings)  # fmt: skip
    rows = [row for row in map(_row, findings) if row is not None]
    context = {"findings": findings, "change_of": change_of, "plot": margins_plot(rows),
               "margins": found.margins, "download": csv_download("endpoints.csv", _COLUMNS, table)}  # fmt: skip
    return Section("endpoints", "Endpoints and strata", rendered("gate/endpoints.html.j2", **context))


def _row(finding: Finding) -> Row | None:
    """A finding in margins, more is worse; None where it has no interval."""
    estimate, margin = finding.estimate, finding.endpoint.margin
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    value, *ends = (finding.worse_by(number) / margin for number in (estimate.value, estimate.low, estimate.high))
    label = f"{finding.endpoint.name}, {finding.stratum or 'all clips'}"
    return label, value, min(ends), max(ends), finding.state


def _clips(found: Judgement) -> Section | None:
    why = worst_clips(found)
    if not why:
        return None
    changes = [(leap.endpoint, leap.change) for leap in (*found.broken, *found.leaps)]
    changes += [(f.endpoint.name, change) for f in found.of("regressed") for change in f.worst]
    rows = sorted({(name, change.clip_id, change.before, change.now, change.worse_by) for name, change in changes},
                  key=lambda row: (row[0], -row[4]))  # fmt: skip
    download = csv_download("clips.csv", ("endpoint", "clip", "before", "now", "worse_by"), rows)
    body = rendered("gate/clips.html.j2", why=why, rows=rows, download=download)
    return Section("clips", "Clips to look at", body)


def _pictures(found: Judgement, pairing: Pairing, room: int) -> Section | None:
    stored, why = exhibited(pairing), worst_clips(found)
    held = [clip for clip in why if clip in stored]
    absent = [clip for clip in why if clip not in stored]
    if not why:
        return None
    arms: dict[str, Sequence[str]] = dict(zip("AB", ([arm] for arm in found.arms), strict=True))
    clips = in_step([(clip, stored[clip]) for clip in held[:_MOST_SHOWN]], pairing, room, arms)
    context = {"clips": clips, "absent": absent, "more": held[_MOST_SHOWN:], "key": key()}
    return Section("gallery", "What they look like", rendered("gate/pictures.html.j2", **context))
