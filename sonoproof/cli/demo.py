"""The demo: real and simulated ultrasound from nothing to a verdict, through the same stages as any study."""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer
from pydicom.examples import get_path

from evalkit.plan import Plan
from sonoproof.cli.console import Json, Report, out, print_json, progress
from sonoproof.cli.studies import execute, frozen, print_verdicts
from sonoproof.templates import DEMO, DEMO_TITLE
from translator.clips.manifest import Entry, write_manifest
from translator.clips.read import read_clip
from translator.clips.write import write_clip
from translator.errors import bad_input
from translator.simulate import overlay, scanner
from translator.simulate.anatomies import ANATOMIES
from translator.simulate.dataset import PhantomSet, paint_file, write_phantoms

PHANTOMS = PhantomSet(subjects=32, seed=2025)  # the shipped weights were trained on seed 1
_READY = "ready.json"


def demo(
    folder: Annotated[Path, typer.Option("--out", help="Folder to work in.")] = Path("demo"),
    as_json: Json = False,
) -> None:
    """Translate and judge real and simulated ultrasound; writes DIR/run/report.html. Takes some five minutes."""
    with progress() as show:
        _write_inputs(folder, show)
    plan = frozen(folder / "study.toml", None)
    _discard_older(folder / "run", plan)
    finished = execute(plan, folder / "run", None)
    path = folder / "run" / "report.html"
    if as_json:
        verdicts = {verdict.claim: verdict.outcome for verdict in finished.verdicts}
        print_json({"report": str(path), "seal_sha256": finished.record["seal_sha256"], "verdicts": verdicts})
    else:
        print_verdicts(finished.verdicts)
        out.print(f"open in a browser: {path}", highlight=False, soft_wrap=True)


def _write_inputs(folder: Path, show: Report) -> None:
    """Phantoms, the two real inputs, manifest and study; made once."""
    versions = {name: anatomy.version for name, anatomy in ANATOMIES.items()}
    versions |= {"scanner": scanner.VERSION, "overlay": overlay.VERSION}
    clips, made_with = folder / "clips", {"phantoms": vars(PHANTOMS), "study": DEMO, "versions": versions}
    ready = clips / _READY
    if ready.is_file() and json.loads(ready.read_text()) == made_with:
        return
    for path in (clips, folder / "study.toml"):
        if path.exists() and not ready.is_file():
            raise bad_input(path, "is there and is not the demo's", "Give a new folder")
    shutil.rmtree(clips, ignore_errors=True)
    clips.mkdir(parents=True)
    ready.write_text("{}")  # from here on the folder is the demo's, also if it is killed now
    entries = write_phantoms(clips, PHANTOMS, lambda i, n: show("phantoms", i, n))
    entries += [_echo(clips), _power_doppler(clips)]
    write_manifest(clips / "manifest.csv", entries)
    (folder / "study.toml").write_text(DEMO, encoding="utf-8")
    ready.write_text(json.dumps(made_with))


def _echo(clips: Path) -> Entry:
    """pydicom's apical four-chamber clip (MIT), with simulated colour."""
    entry = Entry(
        clip_id="pydicom-a4c", subject_id="pydicom-a4c", split="test", domain="real", anatomy="heart", view="A4C",
        site="pydicom", greyscale="echo.dcm", licence="MIT",
    )  # fmt: skip
    return paint_file(Path(get_path("ybr_color")), clips, entry, PHANTOMS.seed, 30, None)


def _power_doppler(clips: Path) -> Entry:
    """pydicom's power Doppler frame (MIT): real colour, so there is no greyscale truth. Its header stays behind."""
    write_clip(clips / "pydicom-power-doppler.npz", read_clip(get_path("rgb_color")), "npz")
    return Entry(
        clip_id="pydicom-power-doppler", subject_id="pydicom-power-doppler", split="test", pairing="unpaired",
        domain="real", anatomy="lymph node", site="pydicom", cfd="pydicom-power-doppler.npz", licence="MIT",
    )  # fmt: skip


def _discard_older(run: Path, plan: Plan) -> None:
    """A demo run of another version, or with other weights, makes way; nothing that is not the demo's does."""
    frozen_before = run / "plan.json"
    if not frozen_before.is_file():
        return
    document = json.loads(frozen_before.read_text(encoding="utf-8"))
    same_demo = document.get("study", {}).get("title") == DEMO_TITLE
    if same_demo and json.loads(json.dumps(plan.document)) != document:
        shutil.rmtree(run)
