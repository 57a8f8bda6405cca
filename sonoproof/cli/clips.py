"""Verbs on clips: mask and translate. One file's fault does not stop the others."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from rich.markup import escape

from evalkit.arms.load import load_arm
from sonoproof import __version__
from sonoproof.cli.console import BAD_INPUT, Json, err, finish, out, print_faults, print_json, progress
from sonoproof.wiring import schemes
from translator.clips.clip import Clip, Frame, to_grey
from translator.clips.formats import SUPPORTED
from translator.clips.read import read_clip, read_mask
from translator.clips.write import SUFFIX, Format, write_clip
from translator.errors import Fault, InputError, bad_input
from translator.regions.flow import confidence_clip, hidden_mask_clip
from translator.regions.screen import find_regions
from translator.translation import Translator

Inputs = Annotated[list[Path], typer.Argument(help=f"Clips: {SUPPORTED}.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="Folder to write to; made if absent.", show_default=False)]


def translate(
    inputs: Inputs,
    out_folder: Out,
    model: Annotated[
        str,
        typer.Option(help="Shipped weights, a .safetensors file, trivial:NAME, folder:PATH or module:object."),
    ] = "small",
    mask_path: Annotated[
        Path | None, typer.Option("--mask", help="Your own mask, or a folder of them named like the clips.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="mp4 (VP9), npz (frames, mask, fps), png or dicom.")] = "mp4",
    as_json: Json = False,
) -> None:
    """Translate colour Doppler clips to greyscale: DIR/<stem>.<ext>.

    Outside the flow mask the luma is untouched, bit for bit in npz, png and dicom; mp4 is compressed.
    """
    targets = _targets(inputs, out_folder, SUFFIX[form])
    translator = _translator(model)
    done: list[dict[str, object]] = []
    faults: list[Fault] = []
    with progress() as report:
        for index, (path, target) in enumerate(zip(inputs, targets, strict=True)):
            try:
                clip = read_clip(path).named(path.stem)  # folder arms match by stem
                mask, shares = _watched(_mask_for(path, clip, mask_path))
                made = translator.translate(clip, mask).clip
                counted = _counted(made, partial(report, path.name))
                write_clip(
                    target, counted, form, mask, f"Colour Doppler translated to greyscale by Sonoproof {__version__}"
                )
                head = made.header
                share = max(shares, default=None)
                if share == 0:
                    err.print(f"[yellow]warning[/] {escape(str(path))}: no colour was found, nothing was translated")
                done.append(
                    {"input": str(path), "output": str(target), "frames": head.frames, "fps": head.fps,
                     "largest_mask_share": share}
                )  # fmt: skip
            except InputError as error:
                faults += error.faults
            report("clips", index + 1, len(inputs))
    _conclude(done, faults, as_json)


def mask(inputs: Inputs, out_folder: Out, as_json: Json = False) -> None:
    """Find the flow mask of each clip: DIR/<stem>.npz, and a picture DIR/<stem>.mask.png to check it by eye.

    The NPZ holds `mask` (flow, and the outline of the colour box) and, as `frames`, the confidence that a pixel
    is painted: 0 none, 128 at the threshold, 255 certain.
    """
    targets = _targets(inputs, out_folder, ".npz")
    done: list[dict[str, object]] = []
    faults: list[Fault] = []
    with progress() as report:
        for index, (path, target) in enumerate(zip(inputs, targets, strict=True)):
            try:
                clip = read_clip(path)
                regions = find_regions(clip)
                found = hidden_mask_clip(clip, regions)
                write_clip(target, confidence_clip(clip, regions), "npz", found)
                share, picture = _look(clip, found)
                preview = write_clip(out_folder / f"{path.stem}.mask.png", picture, "png")
                sector = float(regions.sector.mean())
                row = {"input": str(path), "output": str(target), "picture": str(preview), "frames": clip.header.frames}
                done.append({**row, "sector_share": sector, "largest_mask_share": share})
            except InputError as error:
                faults += error.faults
            report("clips", index + 1, len(inputs))
    _conclude(done, faults, as_json)


def _translator(model: str) -> Translator:
    spec = model if ":" in model and not Path(model).exists() else f"weights:{model}"
    return load_arm("--model", spec, Path.cwd(), schemes(Path.cwd())).translator


def _targets(inputs: list[Path], folder: Path, suffix: str) -> list[Path]:
    targets = [folder / f"{path.stem}{suffix}" for path in inputs]
    faults = [
        Fault(
            str(path),
            f"would be written to {target}, as would another input",
            "Rename it, or run it into another folder",
        )
        for path, target in zip(inputs, targets, strict=True)
        if targets.count(target) > 1
    ]
    faults += [
        Fault(str(path), "would be overwritten by its own result", "Give another --out")
        for path, target in zip(inputs, targets, strict=True)
        if path.exists() and target.exists() and path.samefile(target)
    ]
    if faults:
        raise InputError(faults)
    return targets


def _mask_for(path: Path, clip: Clip, given: Path | None) -> Clip:
    if given is None:
        return hidden_mask_clip(clip)
    if not given.is_dir():
        return read_mask(given, clip)
    found = sorted(given.glob(f"{path.stem}.npz")) or sorted(given.glob(f"{path.stem}.*"))
    if not found:
        raise bad_input(given, f"has no mask {path.stem}.*", "Make one with `sonoproof mask`")
    return read_mask(found[0], clip)


def _counted(clip: Clip, report: Callable[[int, int], None]) -> Clip:
    """The clip, calling report(done, total) as its frames are streamed."""

    def stream() -> Iterator[Frame]:
        for index, frame in enumerate(clip.frames()):
            report(index + 1, clip.header.frames)
            yield frame

    return Clip(clip.header, stream)


def _watched(mask: Clip) -> tuple[Clip, list[float]]:
    """The mask, and a list that gets the masked share of each frame as it is streamed."""
    shares: list[float] = []

    def watch(frame: Frame) -> Frame:
        shares.append(float((frame > 127).mean()))
        return frame

    return mask.mapped(watch, 1), shares


def _look(clip: Clip, found: Clip) -> tuple[float, Clip]:
    """Largest masked share of a frame, and the frame with the largest mask: as it is, and with the mask drawn in."""
    best, shown = -1.0, None
    for frame, hidden in zip(clip.frames(), found.frames(), strict=True):
        share = float((hidden > 127).mean())
        if share > best:
            best, shown = share, (frame, hidden)
    if shown is None:
        raise ValueError("a clip has at least one frame")
    frame, hidden = shown
    colour = frame if frame.ndim == 3 else frame[..., None].repeat(3, axis=2)
    marked = to_grey(colour)[..., None].repeat(3, axis=2)
    edge = cv2.morphologyEx(hidden, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    marked[hidden > 127] = marked[hidden > 127] // 2 + np.array([90, 0, 90], np.uint8)
    marked[edge] = (255, 0, 255)
    return best, Clip.from_array(np.concatenate([colour, marked], axis=1)[None])


def _flow(row: dict[str, object]) -> str:
    share = row.get("largest_mask_share", row.get("mask_share"))
    return f", flow on up to {share:.1%} of a frame" if isinstance(share, float) else ""


def _conclude(done: list[dict[str, object]], faults: list[Fault], as_json: bool) -> None:
    if as_json:
        print_json({"done": done, "faults": [vars(fault) for fault in faults]})
    else:
        for row in done:
            out.print(
                f"{row['input']} -> {row['output']} ({row['frames']} frames{_flow(row)})",
                highlight=False,
                soft_wrap=True,
            )
    print_faults(faults)
    finish(BAD_INPUT if faults else 0)
