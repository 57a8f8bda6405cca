"""Tell what a gate came to: JSON for programs, JUnit XML for CI, Markdown for pull requests."""

import re
from dataclasses import asdict
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evalkit.gate.judge import Finding, Judgement, Leap, State

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 has no place for these
STATES: tuple[State, ...] = ("regressed", "undecided", "improved", "unchanged")


def as_json(found: Judgement, strict: bool) -> dict[str, Any]:
    """Everything, JSON-like."""
    return {
        "schema_version": 1,
        "passes": found.passes(strict),
        "strict": strict,
        "baseline": {"arm": found.arms[0], "seal_sha256": found.seals[0]},
        "candidate": {"arm": found.arms[1], "seal_sha256": found.seals[1]},
        "new_failures": list(found.new_failures),
        "mended_failures": list(found.mended_failures),
        "broken": [asdict(each) for each in found.broken],
        "leaps": [asdict(each) for each in found.leaps],
        "margins": found.margins.model_dump(),
        "findings": [asdict(each) | {"endpoint": each.endpoint.model_dump()} for each in found.findings],
    }


def as_junit(found: Judgement, strict: bool) -> str:
    """One test case for each endpoint and stratum, and one for failures."""
    cases = Element("testsuite", name="sonoproof gate")
    failed = skipped = 0
    for each in found.findings:
        case = SubElement(cases, "testcase", classname=each.endpoint.name, name=each.stratum or "all clips")
        if each.state == "regressed" or (strict and each.state == "undecided" and each.stratum is None):
            SubElement(case, "failure", message=each.sentence).text = _clips(each)
            failed += 1
        elif each.state == "undecided":
            SubElement(case, "skipped", message=each.sentence)
            skipped += 1
        else:
            SubElement(case, "system-out").text = each.sentence
    case = SubElement(cases, "testcase", classname="failures", name="clips on which the generator fails")
    if found.too_many_failures:
        SubElement(case, "failure", message=failures(found)).text = "\n".join(found.new_failures)
        failed += 1
    case = SubElement(cases, "testcase", classname="failures", name="clips that are far worse than before")
    if found.too_many_broken:
        SubElement(case, "failure", message=broken(found)).text = "\n".join(map(_leap, found.broken))
        failed += 1
    case = SubElement(cases, "testcase", classname="warnings", name="clips that are far better than before")
    if found.leaps:
        SubElement(case, "system-out").text = "\n".join([leaps(found), *map(_leap, found.leaps)])
    counts = {"tests": len(found.findings) + 3, "failures": failed, "skipped": skipped, "errors": 0}
    cases.attrib.update({key: str(value) for key, value in counts.items()})
    indent(cases)
    return _NO_XML.sub(" ", tostring(cases, encoding="unicode", xml_declaration=True)) + "\n"


def as_markdown(found: Judgement, strict: bool) -> str:
    """A summary for a pull request: the verdict, what regressed with its worst clips, then all endpoints."""
    word = "passes" if found.passes(strict) else "fails"
    lines = [f"### Sonoproof gate {word}", "", failures(found) + (f"; {broken(found)}" if found.broken else ""), ""]
    for each in found.of("regressed"):
        lines.append(f"- **{_plain(each.sentence)}**")
        lines += [f"  - {_plain(change.clip_id)}: {change.before:.4g} to {change.now:.4g}" for change in each.worst]
    lines += [f"- {_plain(_leap(each))}" for each in found.broken]
    if found.leaps:
        lines += [f"- {_plain(leaps(found))}", *(f"  - {_plain(_leap(each))}" for each in found.leaps)]
    lines += [
        "",
        "| | endpoint | clips | change | interval | margin | n |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in sorted(found.findings, key=lambda each: STATES.index(each.state)):
        change, spread = change_of(each)
        cells = [each.state, each.endpoint.name, each.stratum or "all", change, spread, f"{each.endpoint.margin:g}",
                 f"{each.estimate.n_subjects}"]  # fmt: skip
        lines.append(f"| {' | '.join(_plain(text) for text in cells)} |")
    return "\n".join(lines) + "\n"


def change_of(each: Finding) -> tuple[str, str]:
    """Candidate minus baseline and its interval in words, or why there is none."""
    estimate = each.estimate
    if each.alike:
        return "none", "every clip is as it was"
    if estimate.value is None:
        return "not computed", estimate.note.removeprefix("not computed: ")
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:+.4g}", estimate.note
    return f"{estimate.value:+.4g}", f"{estimate.low:+.4g} to {estimate.high:+.4g}"


def failures(found: Judgement) -> str:
    """How many clips fail now and did not before, in words."""
    new, mended = len(found.new_failures), len(found.mended_failures)
    text = f"{new} clip{'s' * (new != 1)} fail that did not before (allowed: {found.margins.max_new_failures})"
    return text + (f"; {mended} that failed before do not any more" if mended else "")


def broken(found: Judgement) -> str:
    """How many clips are far worse than before, in words."""
    count = len({each.change.clip_id for each in found.broken})
    return f"{count} clip{'s are' if count != 1 else ' is'} worse by more than a clip's margin"


def leaps(found: Judgement) -> str:
    """How many clips are far better than before, in words; and what to look at, where nothing is worse: many faults
    make some clips better by some metric."""
    count = len({each.change.clip_id for each in found.leaps})
    said = f"{count} clip{'s are' if count != 1 else ' is'} better by more than a clip's margin"
    alone = not found.of("regressed") and not found.broken and not found.new_failures
    more = "; no reason to fail, but look whether the candidate was trained on the clips of the trial"
    return said + (more if alone else "")


def _leap(each: Leap) -> str:
    return f"{each.change.clip_id}, {each.endpoint}: {each.change.before:.4g} to {each.change.now:.4g}"


def _clips(each: Finding) -> str:
    return "\n".join(f"{c.clip_id}: {c.before:.6g} to {c.now:.6g}, worse by {c.worse_by:.6g}" for c in each.worst)


def _plain(text: str) -> str:
    """Text that Markdown takes for text."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in text)
