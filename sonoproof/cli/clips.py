"""Verbs on clips: mask and translate. One file's fault does not stop the others.

What they write shows the sector only, unless asked otherwise: see translator.regions.deidentify.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
import typer
from rich.markup import escape

from evalkit.arms.load import load_arm
from sonoproof import __version__
from sonoproof.cli.console import BAD_INPUT, Json, err, finish, out, print_faults, print_json, progress
from sonoproof.translations import write_translation
from sonoproof.wiring import WEIGHTS, load_weights, schemes
from translator.clips.clip import Clip, Frame, to_grey
from translator.clips.digest import clip_digest, stem_of
from translator.clips.formats import SUPPORTED
from translator.clips.read import read_clip, read_mask
from translator.clips.write import SUFFIX, Format, write_clip
from translator.errors import Fault, InputError, bad_input
from translator.evidence_files import side_names
from translator.inference.names import EngineName
from translator.regions.deidentify import Outside, Redaction
from translator.regions.flow import confidence_clip, hidden_mask_clip
from translator.regions.screen import Regions, find_regions
from translator.translation import Translator
from translator.weights import DEFAULT

Inputs = Annotated[list[Path], typer.Argument(help=f"Clips: {SUPPORTED}.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="Folder to write to; made if absent.", show_default=False)]
Keep = Annotated[
    Outside,
    typer.Option(
        "--outside",
        help="Outside the sector, where names and dates are written: blank (black), crop (to the sector, and black "
        "outside it) or keep. Text inside the sector stays.",
    ),
]
Names = Literal["keep", "pseudonym"]
Naming = Annotated[
    Names,
    typer.Option(
        "--names",
        help="Results are named like their inputs (keep), which can name people, or clip-<12 digits of the file's "
        "SHA-256> (pseudonym).",
    ),
]


def translate(
    inputs: Inputs,
    out_folder: Out,
    model: Annotated[
        str,
        typer.Option(help="Shipped weights, a .safetensors file, trivial:NAME, folder:PATH or module:object."),
    ] = DEFAULT,
    mask_path: Annotated[
        Path | None, typer.Option("--mask", help="Your own mask, or a folder of them named like the clips.")
    ] = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="mp4 (VP9), npz (frames, mask, fps), png (animated if it has several frames) or dicom. A clip that"
            " states no rate is written at 25 frames a second.",
        ),
    ] = "mp4",
    outside: Keep = "blank",
    names: Naming = "keep",
    evidence: Annotated[
        bool,
        typer.Option(
            "--evidence/--no-evidence",
            help="Write beside each translation, where the model tells: <name>.evidence.npz (0 measured, 128 carried"
            " over from other frames, 255 invented), <name>.uncertainty.npz (expected error in quarter grey levels)"
            " and <name>.evidence.png, which shows the frame with most invented pixels.",
        ),
    ] = True,
    engine: Annotated[
        EngineName | None,
        typer.Option(
            help="What runs the network; default auto: the fastest here that keeps pictures within a grey level.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu (default), cuda or cuda:NUMBER.", show_default=False)] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads of the network; default: torch's.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Translate colour Doppler clips to greyscale: DIR/<name>.<ext>, and beside it what in it was invented.

    In the sector, outside the flow mask, the luma is untouched, bit for bit in npz, png and dicom; mp4 is compressed.
    """
    targets = _targets(inputs, out_folder, SUFFIX[form], names, beside=True)
    asked = {"engine": engine, "device": device, "threads": None if threads is None else str(threads)}
    translator, runs_on = _translator(model, {name: value for name, value in asked.items() if value is not None})

    def one(path: Path, target: Path, report: Callable[[int, int], None]) -> dict[str, object]:
        clip = read_clip(path).named(stem_of(path))  # folder arms match by stem
        regions = find_regions(clip)
        redaction = Redaction.around(regions, outside, path)
        stems = (stem_of(path), target.stem)
        mask, shares = _watched(_mask_for(stems, clip, mask_path, regions, redaction))
        made = redaction.translation(translator.translate(clip, mask))
        text = f"Colour Doppler translated to greyscale by Sonoproof {__version__}"

        def write(place: Path, picture: Clip) -> None:
            write_clip(place, _counted(picture, report), form, redaction.clip(mask), text, redaction.method)

        beside = write_translation(target, made, redaction.clip(clip), write, evidence)
        share = max(shares, default=None)
        if share == 0:
            err.print(f"[yellow]warning[/] {escape(str(path))}: no colour was found, nothing was translated")
        row = {"input": str(path), "output": str(target), "frames": clip.header.frames, "fps": made.clip.header.fps}
        return {**row, "largest_mask_share": share, **runs_on, **beside, **_done_outside(redaction)}

    _each(inputs, targets, one, as_json)


def mask(
    inputs: Inputs, out_folder: Out, outside: Keep = "blank", names: Naming = "keep", as_json: Json = False
) -> None:
    """Find the flow mask of each clip: DIR/<name>.npz, and a picture DIR/<name>.mask.png to check it by eye.

    The NPZ holds `mask` (flow, and the outline of the colour box) and, as `frames`, the confidence that a pixel
    is painted: 0 none, 128 at the threshold, 255 certain.
    """
    targets = _targets(inputs, out_folder, ".npz", names)

    def one(path: Path, target: Path, report: Callable[[int, int], None]) -> dict[str, object]:
        clip = read_clip(path)
        regions = find_regions(clip)
        redaction = Redaction.around(regions, outside, path)
        found = hidden_mask_clip(clip, regions)
        sure = redaction.clip(confidence_clip(clip, regions))
        write_clip(target, _counted(sure, report), "npz", redaction.clip(found))
        share, picture = _look(clip, found, redaction)
        preview = write_clip(target.with_name(f"{target.stem}.mask.png"), picture, "png")
        if share == 0:
            err.print(f"[yellow]warning[/] {escape(str(path))}: no colour was found, the mask is empty")
        row = {"input": str(path), "output": str(target), "picture": str(preview), "frames": clip.header.frames}
        shares = {"sector_share": float(regions.sector.mean()), "largest_mask_share": share}
        return {**row, **shares, **_done_outside(redaction)}

    _each(inputs, targets, one, as_json)


def _each(
    inputs: list[Path],
    targets: list[Path],
    one: Callable[[Path, Path, Callable[[int, int], None]], dict[str, object]],
    as_json: bool,
) -> None:
    """Do `one` for each input, and say what was done and what could not be."""
    done: list[dict[str, object]] = []
    faults: list[Fault] = []
    with progress() as report:
        for index, (path, target) in enumerate(zip(inputs, targets, strict=True)):
            try:
                done.append(one(path, target, partial(report, path.name)))
            except InputError as error:
                faults += error.faults
            report("clips", index + 1, len(inputs))
    _conclude(done, faults, as_json)


def _done_outside(redaction: Redaction) -> dict[str, object]:
    """What became of the pixels outside the sector; `box`: top, left, bottom, right of what is left of the frame."""
    return {"outside": redaction.outside, "box": list(redaction.box)}


def _translator(model: str, options: dict[str, str]) -> tuple[Translator, dict[str, object]]:
    """The translator, and for trained weights `engine`: what runs them."""
    spec = model if ":" in model and not Path(model).exists() else f"{WEIGHTS}:{model}"
    scheme, _, rest = spec.partition(":")
    if scheme != WEIGHTS:
        if options:
            what = f"has no {' or '.join(options)} to choose"
            raise bad_input(f"--model {model}", what, f"Leave out {', '.join(f'--{name}' for name in options)}")
        return load_arm("--model", spec, Path.cwd(), schemes(Path.cwd())).translator, {}
    generator = load_weights(rest, Path.cwd(), options)
    about = dict(generator.engine.identity)
    version, precision, where, threads = (about[key] for key in ("engine_version", "precision", "device", "threads"))
    text = f"{about['engine']} ({version}, {precision}) on {where}, {threads} threads"
    err.print(f"engine: {text}", highlight=False, soft_wrap=True, markup=False)
    return generator, {"engine": about}


def _targets(inputs: list[Path], folder: Path, suffix: str, names: Names, beside: bool = False) -> list[Path]:
    """Where each input's result goes; nothing that is written, beside it too, may be an input or another's result."""
    targets = [folder / f"{_name(path, names)}{suffix}" for path in inputs]
    written = [
        [target, *(folder / name for name in side_names(target.name.removesuffix(suffix)) if beside)]
        for target in targets
    ]
    every = Counter(file for files in written for file in files)
    faults = [
        Fault(
            str(path),
            f"would be written to {twice}, as would another input",
            "Leave one out, rename it, or run it into another folder",
        )
        for path, files in zip(inputs, written, strict=True)
        if (twice := next((file for file in files if every[file] > 1), None)) is not None
    ]
    there = [path for path in inputs if path.exists()]
    results = [file for file in every if file.exists()]
    faults += [
        Fault(str(path), "would be overwritten by a result", "Give another --out")
        for path in there
        if any(path.samefile(file) for file in results)
    ]
    if faults:
        raise InputError(faults)
    return targets


def _name(path: Path, names: Names) -> str:
    """The input's stem, or a name that follows from its content and not from its name."""
    if names == "keep" or not path.exists():  # what is no file is a fault of its own later
        return stem_of(path)
    return f"clip-{clip_digest(path)[:12]}"


def _mask_for(stems: tuple[str, ...], clip: Clip, given: Path | None, regions: Regions, redaction: Redaction) -> Clip:
    """The mask of a clip, in its frame size: the user's, found by the clip's name or pseudonym; else the estimated."""
    if given is None:
        return hidden_mask_clip(clip, regions)
    if not given.is_dir():
        return _given_mask(given, clip, redaction)
    files = sorted(file for file in given.iterdir() if file.is_file() and stem_of(file) in stems)
    found = [file for file in files if file.suffix == ".npz"] or files
    if not found:
        raise bad_input(given, f"has no mask {stems[0]}.*", "Make one with `sonoproof mask`")
    return _given_mask(found[0], clip, redaction)


def _given_mask(file: Path, clip: Clip, redaction: Redaction) -> Clip:
    """A user's mask of the clip's size, or, where the clip is cropped, of the crop's."""
    try:
        return read_mask(file, clip)
    except InputError as unfit:
        if redaction.outside != "crop":
            raise
        try:
            cropped = read_mask(file, redaction.clip(clip))
        except InputError:
            raise unfit from None
    return redaction.put_back(cropped)


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


def _look(clip: Clip, found: Clip, redaction: Redaction) -> tuple[float, Clip]:
    """Largest masked share of a frame, and the frame with the largest mask: as it is, and with the mask drawn in.

    The picture is redacted.
    """
    best, shown = -1.0, None
    for frame, hidden in zip(clip.frames(), found.frames(), strict=True):
        share = float((hidden > 127).mean())
        if share > best:
            best, shown = share, (frame, hidden)
    if shown is None:
        raise ValueError("a clip has at least one frame")
    frame, hidden = (redaction.frame(picture) for picture in shown)
    colour = frame if frame.ndim == 3 else frame[..., None].repeat(3, axis=2)
    marked = to_grey(colour)[..., None].repeat(3, axis=2)
    edge = cv2.morphologyEx(hidden, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    marked[hidden > 127] = marked[hidden > 127] // 2 + np.array([90, 0, 90], np.uint8)
    marked[edge] = (255, 0, 255)
    return best, Clip.from_array(np.concatenate([colour, marked], axis=1)[None])


def _flow(row: dict[str, object]) -> str:
    share, invented = row.get("largest_mask_share", row.get("mask_share")), row.get("invented_share")
    made_up = f", {invented:.1%} of what it hid invented" if isinstance(invented, float) else ""
    return f", flow on up to {share:.1%} of a frame{made_up}" if isinstance(share, float) else ""


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
