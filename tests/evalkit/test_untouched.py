"""What is told of arms that alter pixels outside the mask: by hand, on the page, and at the command line's end."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from evalkit.plan import freeze
from evalkit.records import Measurement
from evalkit.run import run_study
from evalkit.study import Study
from evalkit.untouched import altered
from reports import write_report
from translator.artefacts import Store
from translator.clips.clip import Clip, Frame, grey_clip
from translator.translation import Translation

CopyStudy = Callable[[str], Path]


def _row(arm: str, clip: str, value: float | None, region: str = "unmasked") -> Measurement:
    status, note = ("ok", "") if value is not None else ("undefined", "why")
    return Measurement(arm, clip, "s", "change", region, "simulated", value, status, note)  # type: ignore[arg-type]


def test_arms_that_alter_something_are_named_with_their_worst_clip() -> None:
    rows = [
        _row("clean", "c1", 0.0), _row("clean", "c2", 0.0), _row("clean", "c1", 9.0, "mask"),
        _row("dirty", "c1", 0.02), _row("dirty", "c2", 1.5), _row("dirty", "c3", 0.0), _row("dirty", "c4", None),
    ]  # fmt: skip
    (found,) = altered(rows)
    assert found.sentence == (
        "dirty alters pixels outside its mask in 2 of 3 clips, most in c2: 1.5 grey levels on average there"
    )


class _Brightens:
    """Grey conversion that makes one pixel of the corner one level brighter in every frame."""

    identity = {"brightens": 1}  # noqa: RUF012 - the form that arms declare it in

    def translate(self, clip: Clip, mask: Clip) -> Translation:
        def brighter(frame: Frame) -> Frame:
            made = frame.copy()
            made[0, 0] = np.uint8(min(int(made[0, 0]) + 1, 255))
            return made

        return Translation(grey_clip(clip).mapped(brighter, 1))


def test_one_pixel_that_is_altered_stands_on_the_page_and_an_arm_that_keeps_to_the_mask_does_not(
    copy_study: CopyStudy,
) -> None:
    folder = copy_study("one")
    arms = [{"name": "telea", "translator": "trivial:telea"}, {"name": "mine", "translator": "fake:x"}]
    study = Study.model_validate(
        {"title": "T", "manifest": "data/manifest.csv", "arms": arms, "metrics": ["mae", "change"]}
    )
    plan = freeze(study, folder, {"fake": lambda rest: _Brightens()})
    run = run_study(plan, folder / "run", Store(folder / "cache"), lambda stage, done, total: None)
    (found,) = altered(run.measurements)
    assert (found.arm, found.clips, found.measured) == ("mine", 7, 7)
    assert 0 < found.worst < 1e-3
    page = write_report(run).read_text(encoding="utf-8")
    assert "Altered outside the mask" in page
    assert "mine alters pixels outside its mask in 7 of 7 clips" in page
    assert "telea alters" not in page
    assert found.worst_clip not in page  # but its pseudonym


def test_a_page_without_such_an_arm_has_no_such_section(copy_study: CopyStudy) -> None:
    folder = copy_study("one")
    arms = [{"name": "telea", "translator": "trivial:telea"}]
    study = Study.model_validate(
        {"title": "T", "manifest": "data/manifest.csv", "arms": arms, "metrics": ["mae", "change"]}
    )
    run = run_study(freeze(study, folder, {}), folder / "run", Store(folder / "cache"), lambda stage, done, total: None)
    assert altered(run.measurements) == []
    assert "Altered outside the mask" not in write_report(run).read_text(encoding="utf-8")
