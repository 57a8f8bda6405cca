"""Make the golden study again: `python tests/golden/make.py` (from the checkout, with the package importable).

The inputs are stored and not simulated again, unless they are deleted: phantoms may change, the trial's numbers
must not. Refuses where numbers moved and no version did: then raise the VERSION of what moved them first.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.facts import VERSION as FACTS_VERSION
from evalkit.measuring import MASK_VERSION, MEASUREMENT_VERSION, TRANSLATION_VERSION
from evalkit.plan import freeze
from evalkit.records import Estimate, Measurement
from evalkit.run import run_study
from evalkit.seal import Run, read_run
from evalkit.statistics.coverage import VERSION as SLOPES_VERSION
from evalkit.statistics.estimates import VERSION as ESTIMATES_VERSION
from evalkit.statistics.strata import VERSION as STRATA_VERSION
from evalkit.study import read_study
from translator.artefacts import Store
from translator.clips.manifest import write_manifest
from translator.simulate.dataset import PhantomSet, write_phantoms

HERE = Path(__file__).resolve().parent
INPUTS, RUN, VERSIONS = HERE / "inputs", HERE / "run", HERE / "versions.json"
EXACT, OTHER_LIBRARIES = 1e-9, 1e-6  # tolerances: with the libraries of the golden run, and with others


def run_again(out: Path, cache: Path) -> Run:
    """Run the golden study on its stored inputs into the folder `out`."""
    plan = freeze(read_study(HERE / "study.toml"), HERE, {})
    return run_study(plan, out, Store(cache), lambda stage, done, total: None)


def versions(plan: Mapping[str, Any]) -> dict[str, Any]:
    """All that declares a version and may move a number of this study; `versions.json` holds the golden run's."""
    stages = {"mask": MASK_VERSION, "translation": TRANSLATION_VERSION, "measurement": MEASUREMENT_VERSION}
    stages |= {"facts": FACTS_VERSION, "slopes": SLOPES_VERSION, "strata": STRATA_VERSION}
    return {
        "metrics": plan["metrics"],
        "regions": plan["regions"],
        "arms": {name: arm["identity"] for name, arm in plan["arms"].items()},
        "stages": {**stages, "estimates": ESTIMATES_VERSION},
    }


def tolerance(golden: Mapping[str, Any], now: Mapping[str, Any]) -> float:
    """How far numbers may be apart, given the plans of two runs."""
    old, new = ({**plan["environment"]["libraries"], "sonoproof": ""} for plan in (golden, now))
    return EXACT if old == new else OTHER_LIBRARIES


def moved(golden: Run, now: Run) -> list[str]:
    """Every value of a table that differs by more than the tolerance, and every verdict that differs."""
    apart = tolerance(golden.plan, now.plan)
    found = _moved(_values(golden.measurements), _values(now.measurements), apart)
    found += _moved(_values(golden.estimates), _values(now.estimates), apart)
    found += _moved(_values(golden.strata), _values(now.strata), apart)
    found += _moved(_values(golden.slopes), _values(now.slopes), apart)
    found += _moved(_coverage(golden), _coverage(now), apart)
    outcomes = ({verdict.claim: verdict.outcome for verdict in run.verdicts} for run in (golden, now))
    old, new = outcomes
    return found + [f"verdict on {claim}: {old.get(claim)}, now {new.get(claim)}" for claim in sorted(old | new)
                    if old.get(claim) != new.get(claim)]  # fmt: skip


def _coverage(run: Run) -> dict[str, float | str | None]:
    return {f"{clip.clip_id}: coverage": clip.coverage for clip in run.clips}


def _values(rows: Sequence[Measurement] | Sequence[Estimate]) -> dict[str, float | str | None]:
    values: dict[str, float | str | None] = {}
    for row in rows:
        if isinstance(row, Measurement):
            name = f"{row.arm}, {row.clip_id}, {row.metric}, {row.region}"
            values[name] = row.value if row.status == "ok" else row.note
        else:
            for name in ("value", "low", "high", "p", "n_subjects", "n_clips"):
                values[f"{row.id}: {name}"] = getattr(row, name)
    return values


def _moved(old: dict[str, float | str | None], new: dict[str, float | str | None], apart: float) -> list[str]:
    return [
        f"{name}: {old.get(name)}, now {new.get(name)}"
        for name in sorted(old | new)
        if name not in old or name not in new or not _same(old[name], new[name], apart)
    ]


def _same(old: float | str | None, new: float | str | None, apart: float) -> bool:
    if isinstance(old, int | float) and isinstance(new, int | float):
        return abs(old - new) <= apart
    return old == new


def _write_inputs() -> None:
    entries = write_phantoms(INPUTS, PhantomSet(7, 77, clips_per_subject=1, frames=3, size=48), lambda i, n: None)
    for path in (*INPUTS.glob("*.json"), *INPUTS.glob("*.labels.npz")):
        path.unlink()
    write_manifest(INPUTS / "manifest.csv", [entry.model_copy(update={"segmentation": None}) for entry in entries])


def main() -> None:
    """Run the study, and put it in the place of the golden run if it may go there."""
    if not INPUTS.is_dir():
        _write_inputs()
    with tempfile.TemporaryDirectory() as folder:
        fresh = run_again(Path(folder) / "run", Path(folder) / "cache")
        if RUN.is_dir():
            _refuse_unexplained(read_run(RUN), fresh)
            shutil.rmtree(RUN)
        shutil.copytree(fresh.folder, RUN, ignore=shutil.ignore_patterns("timings.json"))
    VERSIONS.write_text(json.dumps(versions(fresh.plan), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _refuse_unexplained(golden: Run, fresh: Run) -> None:
    differences = moved(golden, fresh)
    if differences and json.loads(VERSIONS.read_text(encoding="utf-8")) == versions(fresh.plan):
        sys.exit("\n".join(["numbers moved and no version did: raise the VERSION of what moved them", *differences]))


if __name__ == "__main__":
    main()
