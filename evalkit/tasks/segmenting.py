"""Where segmentations come from: a network fitted here, one that the user brings, or finished masks.

Each segmentation of a version of a clip is made once and kept in the store. Classes are 0 (anything else), and 1, 2 ..
in the order of the study's structures.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evalkit.tasks.declare import Bench, Version
from evalkit.tasks.network_files import kind_of, load_network
from evalkit.tasks.segmentation_options import SegmentationOptions
from translator.artefacts import digest, file_digest, installed_version
from translator.clips.clip import Clip, Frames
from translator.clips.digest import clip_digest
from translator.clips.npz import read_npz, write_npz
from translator.clips.read import read_clip
from translator.datasets.labels import NOT_LABELLED
from translator.errors import bad_input

SEGMENTATION_VERSION, MODEL_VERSION = 1, 1
_LIBRARIES = ("segmentation-models-pytorch", "timm")
_VALIDATION_SHARE = 5  # one subject in so many, where the study has no validation split
Labels = NDArray[np.uint8]
Segment = Callable[[Frames], Labels]
Structures = Mapping[str, list[int]]


@dataclass(frozen=True)
class Segmented:
    """Of one version: the frames looked at, their classes and labels uint8 (N, H, W), 255 where nobody drew."""

    frames: tuple[int, ...]
    classes: Labels
    labels: Labels | None
    spacing_mm: tuple[float, float] | None


class Model(Protocol):
    """What gives segmentations."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """What they depend on; JSON-like, without paths."""

    def segment(self, version: Version, timed: Version | None, structures: Structures, most: int) -> Segmented:
        """The frames of a version: `most` evenly spaced, and those that `timed` (the version itself where None) has
        labels of.

        Raises: InputError if the version cannot be read, or its length is another than that of `timed`.
        """


def class_table(structures: Structures) -> Labels:
    """Class of each label value (256,); 255 stays. A structure without labels takes all that are above 0."""
    table = np.zeros(256, np.uint8)
    for number, labels in enumerate(structures.values(), 1):
        table[labels or slice(1, NOT_LABELLED)] = number
    table[NOT_LABELLED] = NOT_LABELLED
    return table


def classes_of(labels: Clip, frames: Iterable[int], structures: Structures) -> Labels:
    """Classes (N, H, W) of some frames of a label clip."""
    return class_table(structures)[_chosen(labels, frames)]


def labelled_frames(labels: Clip | None) -> list[int]:
    """Frames that anybody drew on."""
    if labels is None:
        return []
    return [index for index, frame in enumerate(labels.frames()) if (frame != NOT_LABELLED).any()]


def evenly(count: int, most: int) -> list[int]:
    """At most `most` of `count` frames, evenly spaced, the first and the last among them."""
    return sorted(set(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()))


@dataclass(frozen=True)
class _Plainly:
    """A function of frames, kept under a key."""

    identity: Mapping[str, Any]
    segment_frames: Segment

    def segment(self, version: Version, timed: Version | None, structures: Structures, most: int) -> Segmented:
        clip, frames, labels = _looked_at(version, timed, most)

        def build(folder: Path) -> None:
            found = self.segment_frames(_chosen(clip, frames))
            if found.shape != (len(frames), clip.header.height, clip.header.width) or found.dtype != np.uint8:
                what = f"gave {found.dtype} of shape {found.shape}"
                raise bad_input("segmentation model", what, "Give uint8 classes (N, H, W), one for each pixel")
            write_npz(folder / "classes.npz", Clip.from_array(found), compress=1)

        params = {"model": dict(self.identity), "frames": frames}
        kept = version.store.make("segmentation", SEGMENTATION_VERSION, params, {"version": version.key()}, build)
        classes = read_npz(kept / "classes.npz").array()
        drawn = None if labels is None else classes_of(labels, frames, structures)
        return Segmented(tuple(frames), classes, drawn, clip.header.spacing_mm)


@dataclass(frozen=True)
class _Finished:
    """Masks of a folder: FOLDER/real/CLIP_ID.* and FOLDER/ARM/CLIP_ID.*, with the data set's label values."""

    folder: Path

    @property
    def identity(self) -> Mapping[str, Any]:
        files = sorted(path for path in self.folder.glob("*/*") if not path.name.startswith("."))
        return {"masks": {f"{path.parent.name}/{path.name}": clip_digest(path) for path in files}}

    def segment(self, version: Version, timed: Version | None, structures: Structures, most: int) -> Segmented:
        clip, frames, labels = _looked_at(version, timed, most)
        home, name = self.folder / version.arm, version.entry.clip_id
        found = [path for path in sorted(home.glob(f"{name}.*")) if path.stem == name]
        if len(found) != 1:
            what = f"{len(found)} files in {version.arm}/ are called {name}.*"
            raise bad_input("finished masks", what, "Give one label clip for each clip, named after its clip_id")
        masks = read_clip(found[0]).named(f"masks of {name}")
        if masks.header.shape != clip.header.shape[:3]:
            what = f"are {masks.header.shape}, the clip is {clip.header.shape[:3]}"
            raise bad_input(f"masks of {name}", what, "Give grey frames of the clip's number and size")
        drawn = None if labels is None else classes_of(labels, frames, structures)
        classes = classes_of(masks, frames, structures)
        return Segmented(tuple(frames), np.where(classes == NOT_LABELLED, 0, classes), drawn, clip.header.spacing_mm)


def chosen_model(task: str, model: str | None, masks: str | None, side: int) -> Model | None:
    """The model or the masks that the user brings; None where there are neither.

    Raises: InputError if what is named is not there or cannot be loaded.
    """
    where = f"task {task!r}"
    if masks is not None:
        folder = Path(masks)
        if not folder.is_dir():
            raise bad_input(f"{where}: options.masks", "is no folder", "Give one with real/ and a folder for each arm")
        return _Finished(folder)
    if model is None:
        return None
    path = Path(model)
    if path.suffix.lower() in (".pt", ".onnx"):
        if not path.is_file():
            raise bad_input(f"{where}: options.model", f"{path.name} is not there", "Count the path from here")
        return _Plainly({"file_sha256": file_digest(path), "side": side}, partial(_run_file, path, side))
    return _imported(where, model)


def _run_file(path: Path, side: int, frames: Frames) -> Labels:
    from evalkit.networks.segmenter import by_logits

    return by_logits(load_network(path, kind_of(path)), side)(frames)


def _imported(where: str, model: str) -> Model:
    module, _, attribute = model.partition(":")
    if not attribute:
        raise bad_input(f"{where}: options.model", f"{model!r} is neither", "Give FILE.pt, FILE.onnx or module:object")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as `python -m` does: a user's module lies where the command is run
    try:
        segment: Segment = getattr(import_module(module), attribute)
    except Exception as error:  # a user's module can raise anything
        what = f"{model!r} cannot be imported ({type(error).__name__}: {error})"
        raise bad_input(f"{where}: options.model", what, "Give module:object that Python can import") from None
    file = getattr(sys.modules[module], "__file__", None)
    return _Plainly({"object": model, **({"source_sha256": file_digest(Path(file))} if file else {})}, segment)


def fitted_model(task: str, options: SegmentationOptions, bench: Bench) -> tuple[Model, dict[str, Any]]:
    """A network fitted to the labelled frames of the training clips, from the store if it is there; and its card.

    Raises: InputError if no training clip has a labelled frame with a structure on it, or a name is unknown.
    """
    from evalkit.networks import segmenter

    training, validation, about = _sources(task, options, bench)
    design = segmenter.Design(
        options.architecture, options.encoder, len(options.classes), options.side, options.epochs, options.patience,
        options.batch, options.learning_rate, bench.seed,
    )  # fmt: skip
    try:
        segmenter.build(design)
    except (KeyError, ValueError, RuntimeError) as error:
        what = f"{options.architecture} with encoder {options.encoder} cannot be made: {str(error)[:300]}"
        raise bad_input(f"task {task!r}", what, "Name an architecture and an encoder of the library") from None

    def build(folder: Path) -> None:
        sets = [_frames_of(each, options) for each in (training, validation)]
        if not (sets[0][1] % NOT_LABELLED).any():
            wanted = ", ".join(options.classes)
            raise bad_input(f"task {task!r}", f"no training frame is labelled with {wanted}", "Correct `structures`")
        if not len(sets[1][0]):
            sets[1] = sets[0]
        came_to = segmenter.fit(
            design, sets[0], sets[1], folder, lambda done, total: bench.progress(f"{task}: train", done, total)
        )
        told = {"training_frames": len(sets[0][0]), "validation_frames": len(sets[1][0]), **came_to}
        (folder / "card.json").write_text(json.dumps({**about, **told}, indent=2, sort_keys=True) + "\n")

    versions = {name: installed_version(name) for name in _LIBRARIES}
    params = {"design": asdict(design), "structures": options.classes, "libraries": versions,
              "frames": options.frames_per_training_clip, "split": about["validation"]}  # fmt: skip
    parts = (("train", training), ("validation", validation))
    inputs = {f"{part} {v.entry.clip_id}": f"{v.key()} {_labels_key(v)}" for part, chosen in parts for v in chosen}
    kept = bench.store.make("segmenter", MODEL_VERSION, params, inputs, build)
    card = json.loads((kept / "card.json").read_text(encoding="utf-8"))
    identity = {"segmenter": kept.name}
    return _Plainly(identity, segmenter.load(design, kept)), {**identity, **card}


def _sources(
    task: str, options: SegmentationOptions, bench: Bench
) -> tuple[list[Version], list[Version], dict[str, Any]]:
    """Labelled clips to fit and to validate on, subjects apart, and what the card says of them."""
    training, validation = (
        [version for version in bench.real(part) if version.entry.segmentation is not None]
        for part in ("train", "validation")
    )
    if not training:
        what = "no clip of split train has a real greyscale version and a segmentation"
        raise bad_input(f"task {task!r}", what, "Label training clips, or bring a model or masks")
    how = "split validation"
    if not validation:
        subjects = sorted({version.entry.subject_id for version in training})
        count = len(subjects) // _VALIDATION_SHARE
        chosen = set(np.random.default_rng((32, bench.seed)).permutation(subjects)[:count].tolist())
        how = f"{count} of {len(subjects)} training subjects"
        if not chosen and len(subjects) > 1:
            chosen, how = {subjects[-1]}, f"1 of {len(subjects)} training subjects"
        validation = [version for version in training if version.entry.subject_id in chosen] or training
        training = [version for version in training if version.entry.subject_id not in chosen] or training
        if not chosen:
            how = "the training clips themselves: there is one training subject only"
    about = {
        "structures": options.classes,
        "architecture": options.architecture,
        "encoder": options.encoder,
        "validation": how,
        "seed": bench.seed,
        "training_subjects": sorted({version.entry.subject_id for version in training}),
        "training_clips": [version.entry.clip_id for version in training],
        "validation_clips": [version.entry.clip_id for version in validation],
    }
    return training, validation, about


def _frames_of(versions: list[Version], options: SegmentationOptions) -> tuple[Frames, Labels]:
    """Labelled frames and classes (N, side, side)."""
    from evalkit.networks.segmenter import shrunk

    pictures, classes = [], []
    for version in versions:
        labels = version.labels()
        drawn = labelled_frames(labels)
        if labels is None or not drawn:
            continue
        frames = [drawn[index] for index in evenly(len(drawn), options.frames_per_training_clip)]
        pictures.append(shrunk(_chosen(version.clip(), frames), options.side))
        classes.append(shrunk(classes_of(labels, frames, options.classes), options.side, labels=True))
    if not pictures:
        return np.zeros((0, options.side, options.side), np.uint8), np.zeros((0, options.side, options.side), np.uint8)
    return np.concatenate(pictures), np.concatenate(classes)


def _labels_key(version: Version) -> str:
    labels = version.labels()
    drawn = [] if labels is None else labelled_frames(labels)
    return digest([drawn, [] if labels is None else _fingerprint(labels, drawn)])


def _fingerprint(labels: Clip, frames: list[int]) -> list[int]:
    """Checksum of each labelled frame: a version has no digest of its labels."""
    from zlib import crc32

    return [crc32(np.ascontiguousarray(frame).tobytes()) for frame in _chosen(labels, frames)] if frames else []


def _looked_at(version: Version, timed: Version | None, most: int) -> tuple[Clip, list[int], Clip | None]:
    clip = version.clip()
    labels = (timed or version).labels()
    like = clip.header if timed is None or timed is version else timed.clip().header
    if clip.header.frames != like.frames:
        what = f"has {clip.header.frames} frames, the real clip {like.frames}"
        raise bad_input(version.entry.clip_id, what, "Give a frame for each of the real clip")
    scaled = Clip(replace(clip.header, spacing_mm=like.spacing_mm), clip.frames)  # what arms make does not say
    return scaled, sorted({*evenly(like.frames, most), *labelled_frames(labels)}), labels


def _chosen(clip: Clip, frames: Iterable[int]) -> Frames:
    wanted = set(frames)
    return np.stack([frame for index, frame in enumerate(clip.frames()) if index in wanted])
