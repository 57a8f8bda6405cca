"""How the run came about: arms, environment, hashes, seeds."""

from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.pseudonyms import FILE as KEY
from reports.page.download import csv_download
from reports.page.rendering import rendered
from reports.page.section import Section
from reports.page.view import View
from translator.artefacts import canonical_json, digest

_OF_ARMS = ("arm", "card", "summary", "trained_on", "training_subjects", "identity")


def section(view: View) -> Section:
    """Tables of arms, of libraries, and of the sealed files with their hashes."""
    plan = view.run.plan
    libraries = {"python": plan["environment"]["python"], **plan["environment"]["libraries"]}
    files = sealed_files(view)
    context: dict[str, Any] = {
        "plan": plan,
        "record": view.run.record,
        "seeds": [("study", view.study["seed"]), *_task_seeds(view)],
        "libraries": libraries,
        "files": files,
        "weights": plan.get("weights", {}),
        "arms_data": csv_download("arms.csv", _OF_ARMS, _arms(plan["arms"]), "plan.json"),
        "libraries_data": csv_download("environment.csv", ("library", "version"), libraries.items(), "plan.json"),
        "files_data": csv_download("files.csv", ("file", "sha256"), files, "run.json"),
    }
    return Section("provenance", "How this came about", rendered("sections/provenance.html.j2", **context))


def _arms(arms: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Each arm with what its card says of its training, empty without one, and what identifies it as canonical JSON."""
    for name, arm in arms.items():
        card = arm["card"] or {"name": "", "summary": "", "training_sources": []}
        sources = card["training_sources"]
        trained = "; ".join(f"{source['name']} ({source['licence']})" for source in sources)
        subjects = sum(len(source["subjects"]) for source in sources) if arm["card"] else ""
        yield name, card["name"], card["summary"], trained, subjects, canonical_json(arm["identity"])


def sealed_files(view: View) -> list[tuple[str, str]]:
    """(file, SHA-256) of the run; the exhibits, whose folders have the clips' own ids, as one digest of them all.

    The key of the pseudonyms is left out: its hash would confirm a guess of the ids.
    """
    files: dict[str, str] = view.run.record["files"]
    exhibits = {name: value for name, value in files.items() if "/" in name}
    listed = [(name, value) for name, value in files.items() if name not in exhibits and name != KEY]
    if exhibits:
        listed.append((f"exhibits ({len(exhibits)} files, digest of their names and hashes)", digest(exhibits)))
    return listed


def _task_seeds(view: View) -> list[tuple[str, str]]:
    seeds: dict[str, set[int]] = {}
    for row in view.run.predictions:
        seeds.setdefault(row.task, set()).add(row.seed)
    return [(f"models of task {name}", ", ".join(map(str, sorted(found)))) for name, found in seeds.items()]
