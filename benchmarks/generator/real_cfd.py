"""Real colour Doppler: what can be measured without a simultaneous greyscale clip, and pictures of the rest.

    python -m benchmarks.generator.real_cfd --root DATA --out FOLDER [--arm NAME=SPEC ...] [--json]

Prints a Markdown table and writes FOLDER/CLIP.png (frames with the least, the median and the most flow) and
FOLDER/CLIP.mp4: as it is, the mask, every arm. SPEC as in benchmarks.generator.fidelity. The pictures show real
clips: they are for looking at, not for the project.

- flowave-brachial: between two pulses the colour box is empty, so the same plane is seen without colour a little
  later. Near truth: the row `near truth` is the error that such a reference has by itself. One subject.
- clarius-carotid: a still with the envelope that it was made of. The row `fitted envelope` is the error of the fit.
- deid-plax: pictures alone, as nothing shows what is under the colour.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generator.envelope import fit_envelope, read_envelope
from benchmarks.generator.fidelity import named
from benchmarks.generator.near_truth import Painted, match, near_outline, painted
from benchmarks.generator.pictures import least_median_most, panels, write_strip, write_video
from evalkit.arms.load import Arm, load_arm
from evalkit.arms.trivial import TRIVIAL
from evalkit.metrics.measure import measure_pair
from evalkit.metrics.registry import METRICS
from sonoproof.wiring import schemes
from translator.clips.clip import Clip, Frames, Mask, grey_clip, mask_clip
from translator.clips.read import read_clip
from translator.errors import InputError
from translator.regions.screen import find_regions

BRACHIAL = "cfd_flowave_brachial/DemoBMode.mov"
PLAX = "cfd_deid_plax/ultrasound-multiframe.npz"
CAROTID, ENVELOPE = "cfd_stills/clarius_carotid.jpeg", "cfd_stills/clarius_carotid_env.raw"
CAROTID_BOX = (187, 0, 613, 544)  # top, left, bottom, right of the 30 mm that the still shows, read off its scale
SCORED = ("ssim[wang2004]", "mae", "sharpness_ratio")
Row = dict[str, Any]


def translate(arms: Sequence[Arm], clip: Clip, hidden: Mask) -> dict[str, Frames]:
    """Arm name -> grey frames (T, H, W)."""
    mask = mask_clip(hidden, clip)
    return {arm.name: grey_clip(arm.translator.translate(clip, mask).clip).array() for arm in arms}


def score(clip: str, arm: str, truth: Frames, made: Frames, area: Mask) -> Row:
    """Masked metrics over all frames, in the area (bool T, H, W)."""
    real = Clip.from_array(truth)
    metrics = [METRICS[name] for name in SCORED]
    found = measure_pair(
        real, Clip.from_array(made), mask_clip(area, real), np.asarray(area.any(axis=0)), metrics, ["mask"]
    )
    values = {name: found[name, "mask"] for name in SCORED}
    return {"clip": clip, "arm": arm, "frames": len(truth), "pixels": int(area.sum()), **values}


def brachial(root: Path, out: Path, arms: Sequence[Arm], limit: int) -> list[Row]:
    """Each half of the clip, against frames of the other half in which the box is empty."""
    clip = _painted(root / BRACHIAL, limit)
    hidden = clip.flow | clip.regions.outline
    count = len(clip.grey)
    halves = (slice(0, count // 2), slice(count // 2, count))
    done = [translate(arms, Clip.from_array(clip.frames[half]), hidden[half]) for half in halves]
    made = {name: np.concatenate([part[name] for part in done]) for name in done[0]}
    matched = [match(clip, half) for half in halves]
    frames, references, stand_ins = (np.concatenate(parts) for parts in zip(*matched, strict=True))
    area, truth = clip.scored[frames], clip.grey[references]
    rows = [score("flowave-brachial", "near truth", truth, clip.grey[stand_ins], area)]
    rows += [score("flowave-brachial", name, truth, grey[frames], area) for name, grey in made.items()]
    _show(out / "flowave-brachial", clip, hidden, made)
    return rows


def plax(root: Path, out: Path, arms: Sequence[Arm], limit: int) -> None:
    """Pictures only."""
    clip = _painted(root / PLAX, limit)
    hidden = clip.flow | clip.regions.outline
    _show(out / "deid-plax", clip, hidden, translate(arms, Clip.from_array(clip.frames), hidden))


def carotid(root: Path, out: Path, arms: Sequence[Arm]) -> list[Row]:
    """The still, against its envelope."""
    clip = _painted(root / CAROTID, 1)
    hidden = clip.flow | clip.regions.outline
    made = translate(arms, Clip.from_array(clip.frames), hidden)
    sector, away = clip.regions.sector, ~near_outline(clip.regions)
    inside = _box_of(clip)
    seen = sector & ~clip.flow[0] & away
    fitted = fit_envelope(read_envelope(root / ENVELOPE), clip.grey[0], CAROTID_BOX, seen & ~inside)
    truth = fitted.picture[None]
    rows = [
        score(
            "clarius-carotid",
            "fitted envelope, outside the flow",
            truth,
            clip.grey,
            (seen & inside & fitted.known)[None],
        )
    ]
    area = (clip.flow[0] & inside & away & fitted.known)[None]
    rows += [score("clarius-carotid", name, truth, grey, area) for name, grey in made.items()]
    _show(out / "clarius-carotid", clip, hidden, {"fitted envelope": truth, **made})
    print(
        f"clarius-carotid: envelope fitted, correlation {fitted.correlation:.3f}, blur {fitted.blur:g}", file=sys.stderr
    )
    return rows


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    heads = ["clip", "arm", "frames", "pixels", *SCORED]
    lines = [heads, ["---"] * len(heads), *([_cell(row[head]) for head in heads] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _painted(path: Path, limit: int) -> Painted:
    whole = read_clip(path)
    _, frames = next(whole.windows(limit))
    clip = Clip.from_array(frames, whole.header.fps)
    return painted(frames, grey_clip(clip).array(), find_regions(clip))


def _box_of(clip: Painted) -> Mask:
    """The rectangle (bool H, W) around the outline."""
    rows, columns = np.nonzero(clip.regions.outline)
    box = np.zeros(clip.regions.outline.shape, np.bool_)
    if rows.size:
        box[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    return box


def _show(path: Path, clip: Painted, hidden: Mask, made: Mapping[str, Frames]) -> None:
    shown = panels(clip.frames, hidden, made)
    write_strip(path.with_suffix(".png"), shown, least_median_most(clip.flow.sum(axis=(1, 2))))
    if len(clip.frames) > 1:
        write_video(path.with_suffix(".mp4"), shown, None)


def main() -> None:
    """Translate, measure, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--arm", action="append", default=[], metavar="NAME=SPEC")
    parser.add_argument("--frames", type=int, default=450, help="look at so many frames of a clip at most")
    parser.add_argument("--only", choices=("brachial", "carotid", "plax"), nargs="+")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    wanted = asked.only or ("brachial", "carotid", "plax")
    rows: list[Row] = []
    try:
        specs = [*named(asked.arm), *((name, f"trivial:{name}") for name in TRIVIAL)]
        arms = [load_arm(name, spec, Path.cwd(), schemes(Path.cwd())) for name, spec in specs]
        if "carotid" in wanted:
            rows += carotid(asked.root, asked.out, arms)
        if "plax" in wanted:
            plax(asked.root, asked.out, arms, asked.frames)
        if "brachial" in wanted:
            rows += brachial(asked.root, asked.out, arms, asked.frames)
    except (InputError, ValueError) as error:
        sys.exit(str(error))
    print(json.dumps(rows, indent=2) if asked.json else table(rows))


if __name__ == "__main__":
    main()
