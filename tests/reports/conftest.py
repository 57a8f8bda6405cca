"""One small finished run that every report test looks at."""

import pytest

from evalkit.plan import freeze
from evalkit.run import run_study
from evalkit.seal import Run
from evalkit.study import Study
from translator.artefacts import Store
from translator.simulate.dataset import PhantomSet, write_phantoms

NASTY = '<script>alert(1)</script> & "quotes"'


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("reports")
    write_phantoms(folder, PhantomSet(subjects=7, seed=5, clips_per_subject=1, frames=4, size=64), lambda i, n: None)
    claim = {"id": "c1", "sentence": NASTY, "arm": "telea", "metric": "mae", "region": "mask", "relation": "at_most"}
    study = Study.model_validate(
        {
            "title": NASTY,
            "manifest": "manifest.csv",
            "arms": [
                {"name": "telea", "translator": "trivial:telea"},
                {"name": "grey", "translator": "trivial:grey"},
            ],
            "strata": ["anatomy", "coverage", "scanner"],
            "claims": [{**claim, "reference": 254.0}, {**claim, "id": "c2", "reference": 0.001}],
        }
    )
    return run_study(freeze(study, folder, {}), folder / "run", Store(folder / "cache"), lambda stage, i, n: None)
