"""Every ultrasound file below a folder: does it read, is it masked, does it translate?

    python -m benchmarks.validity.sources --root DATA --out FOLDER [--model NAME] [--frames 60]

Prints a table of size, sector, coverage and time, and writes sources.csv. For every file with flow it writes
NAME.png: as it is, the mask over it, and translated, for the frames with the least, the median and the most flow.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from translator import load
from translator.clips.clip import Clip, Frames, Mask, mask_clip, to_grey
from translator.clips.read import read_clip
from translator.errors import InputError
from translator.regions.flow import flow_masks
from translator.regions.screen import Regions, find_regions
from translator.regions.sector import sector_kind
from translator.translation import Translator
from translator.weights import DEFAULT

NOT_CLIPS = frozenset({".md", ".csv", ".json", ".yml", ".raw", ".txt", ".py", ".cfg"})


def files(root: Path) -> Iterator[Path]:
    """Everything that may be a clip, in order."""
    for path in sorted(root.rglob("*")):
        text = path.suffix.lower() in NOT_CLIPS or path.name.upper().startswith("LICENSE")
        if path.is_file() and not text and "mask" not in path.stem:
            yield path


def look(path: Path, root: Path, limit: int, model: Translator, out: Path) -> dict[str, Any]:
    """Read at most `limit` frames, mask and translate them; one row of the table."""
    started = time.perf_counter()
    whole = read_clip(path)
    _, frames = next(whole.windows(limit))
    clip = Clip.from_array(frames, whole.header.fps, source=path.stem)
    regions = find_regions(clip)
    flow = flow_masks(frames, regions)
    masked = time.perf_counter()
    hidden = flow | regions.outline
    translated = model.translate(clip, mask_clip(hidden, clip)).clip.array()
    grey = to_grey(frames) if frames.ndim == 4 else frames
    share = flow.mean(axis=(1, 2)) / max(regions.sector.mean(), 1e-9)
    if flow.any():
        cv2.imwrite(str(out / f"{path.stem}.png"), _sheet(frames, flow, regions, translated)[..., ::-1])
    head = whole.header
    return {
        "file": path.relative_to(root).as_posix(), "frames": head.frames, "size": f"{head.height}x{head.width}",
        "kind": sector_kind(regions.sector), "sector": regions.sector.mean(),
        "looked at": len(frames), "without flow": int((share == 0).sum()),
        "flow least": share.min(), "flow median": float(np.median(share)), "flow most": share.max(),
        "outline": bool(regions.outline.any()),
        "untouched": bool(np.array_equal(translated[~hidden], grey[~hidden])),
        "read and mask [s]": masked - started, "translate [s]": time.perf_counter() - masked, "fault": "",
    }  # fmt: skip


def _sheet(frames: Frames, flow: Mask, regions: Regions, translated: Frames) -> NDArray[np.uint8]:
    order = np.argsort(flow.sum(axis=(1, 2)), kind="stable")
    rows = []
    for at in dict.fromkeys(int(order[index]) for index in (0, len(order) // 2, len(order) - 1)):
        marked = frames[at].copy()
        marked[flow[at]], marked[regions.outline] = (255, 0, 255), (255, 255, 0)
        edge = cv2.morphologyEx(regions.sector.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        marked[edge] = (0, 255, 0)
        rows.append(np.concatenate([frames[at], marked, np.stack([translated[at]] * 3, axis=-1)], axis=1))
    return np.concatenate(rows)


def main() -> None:
    """Look at every file, print the table, write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--frames", type=int, default=60)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    model = load(asked.model)
    rows = []
    for path in files(asked.root):
        try:
            rows.append(look(path, asked.root, asked.frames, model, asked.out))
        except InputError as error:
            rows.append({"file": path.relative_to(asked.root).as_posix(), "fault": str(error)})
    table = pd.DataFrame(rows)
    table.to_csv(asked.out / "sources.csv", index=False)
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3f}", na_rep="-"))
    faults = table["fault"] != ""
    print(f"\n{len(table)} files, {int(faults.sum())} with a fault, {int((~faults).sum())} read, masked and translated")


if __name__ == "__main__":
    main()
