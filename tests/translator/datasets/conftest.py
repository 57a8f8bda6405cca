"""Small made-up folders in the published layout of each data set; no published data are in them."""

import csv
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from translator.datasets.listing import Listing
from translator.datasets.registry import DATASETS, list_folder

Build = Callable[[Path], Path]
List = Callable[..., Listing]

NIFTI = gzip.compress(bytes(352), mtime=0)  # the adapters look at names, not at pixels
H, W, T = 24, 32, 3


@pytest.fixture
def table() -> Callable[[Path, Sequence[Sequence[object]]], None]:
    return write_table


@pytest.fixture
def video() -> Callable[[Path], None]:
    return write_video


@pytest.fixture
def picture() -> Callable[..., None]:
    return write_picture


@pytest.fixture
def build() -> dict[str, Build]:
    """What makes a good folder of each data set."""
    return {
        "camus": camus,
        "echonet-dynamic": echonet_dynamic,
        "echonet-pediatric": echonet_pediatric,
        "tmed2": tmed2,
        "hc18": hc18,
        "busi": busi,
        "pocus": pocus,
    }


@pytest.fixture
def list_clips(tmp_path: Path) -> List:
    """List a folder as the command does; the manifest would be tmp_path/out/manifest.csv."""

    def run(name: str, folder: Path, **asked: object) -> Listing:
        listing = Listing(folder, tmp_path / "out" / "manifest.csv", **asked)  # type: ignore[arg-type]
        list_folder(DATASETS[name], folder, listing)
        return listing

    return run


def write_table(path: Path, rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def write_video(path: Path) -> None:
    """T frames of H x W, motion JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (W, H), True)
    for shade in range(T):
        writer.write(np.full((H, W, 3), 40 * shade, np.uint8))
    writer.release()


def write_picture(path: Path, bright: tuple[slice, slice] | None = None) -> None:
    """A black picture of H x W, 255 in `bright` (rows, columns)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((H, W), np.uint8)
    if bright is not None:
        pixels[bright] = 255
    cv2.imwrite(str(path), pixels)


def camus(folder: Path) -> Path:
    patients = {"patient0001": "training", "patient0002": "validation", "patient0003": "testing"}
    for patient, subgroup in patients.items():
        home = folder / "database_nifti" / patient
        home.mkdir(parents=True)
        for view in ("2CH", "4CH"):
            (home / f"{patient}_{view}_half_sequence.nii.gz").write_bytes(NIFTI)
            (home / f"{patient}_{view}_half_sequence_gt.nii.gz").write_bytes(NIFTI)
            (home / f"{patient}_{view}_ED.nii.gz").write_bytes(NIFTI)
            (home / f"Info_{view}.cfg").write_text("ED: 1\nES: 3\nNbFrame: 3\n")
        (folder / "database_split").mkdir(exist_ok=True)
        (folder / "database_split" / f"subgroup_{subgroup}.txt").write_text(f"{patient}\n\n")
    return folder


def echonet_dynamic(folder: Path) -> Path:
    names = {"0X1A": "TRAIN", "0X2B": "VAL", "0X3C": "TEST"}
    header = ["FileName", "EF", "ESV", "EDV", "FrameHeight", "FrameWidth", "FPS", "NumberOfFrames", "Split"]
    rows = [[name, 60, 40, 100, H, W, 50, T, split] for name, split in names.items()]
    write_table(folder / "FileList.csv", [header, *rows])
    for name in names:
        write_video(folder / "Videos" / f"{name}.avi")
    long_axis = ("0X1A.avi", 6, 1, 6, 9, 1)
    chords = [("0X1A.avi", 4, y, 9, y, 1) for y in (2, 5, 8)]
    write_table(folder / "VolumeTracings.csv", [["FileName", "X1", "Y1", "X2", "Y2", "Frame"], long_axis, *chords])
    return folder


def echonet_pediatric(folder: Path) -> Path:
    videos = {
        "A4C": {"CR1a-CR2b-000001": 0, "CR1a-CR2c-000002": 7, "CR9d-CR9e-000003": 8},
        "PSAX": {"CR1a-CR2b-000004": 3, "CR7f-CR7f-000005": 9},
    }
    for view, folds in videos.items():
        rows = [[f"{name}.avi", 62, "F", 3, 14, 95, fold] for name, fold in folds.items()]
        write_table(
            folder / view / "FileList.csv", [["FileName", "EF", "Sex", "Age", "Weight", "Height", "Split"], *rows]
        )
        for name in folds:
            write_video(folder / view / "Videos" / f"{name}.avi")
    corners: list[tuple[object, ...]] = [
        ("CR1a-CR2b-000001.avi", x, y, 2) for x, y in ((3, 4), (3, 10), (12, 10), (12, 4))
    ]
    corners.append(("CR1a-CR2b-000001.avi", "", "", "No Systolic"))
    write_table(folder / "A4C" / "VolumeTracings.csv", [["FileName", "X", "Y", "Frame"], *corners])
    write_table(folder / "PSAX" / "VolumeTracings.csv", [["FileName", "X", "Y", "Frame"]])
    return folder


def tmed2(folder: Path) -> Path:
    both, view = "view_and_diagnosis_labeled_set", "view_labeled_set"
    rows: list[tuple[str, str, str, str, str, str]] = [
        ("7s1_0.png", "PLAX", "no_AS", f"{both}/labeled/", "train", "train"),
        ("7s2_3.png", "A4C", "no_AS", f"{both}/labeled/", "train", "train"),
        ("8s1_1.png", "PSAX", "severe_AS", f"{both}/labeled/", "val", "val"),
        ("9s1_1.png", "A4CorA2CorOther", "mild_AS", f"{both}/labeled/", "test", "test"),
        ("11s1_2.png", "A2C", "Not_Provided", f"{view}/labeled/", "train", "not_used"),
    ]
    header = "query_key,view_label,diagnosis_label,SourceFolder,view_classifier_split,diagnosis_classifier_split"
    write_table(folder / "DEV479" / "TMED2_fold0_labeledpart.csv", [header.split(","), *rows])
    write_table(folder / "labels_per_image.csv", [header.split(",")[:3], *(row[:3] for row in rows)])
    for key, _, _, source, _, _ in rows:
        write_picture(folder / source / key)
    return folder


def hc18(folder: Path) -> Path:
    training = ["000_HC.png", "010_HC.png", "010_2HC.png"]
    write_table(
        folder / "training_set_pixel_size_and_HC.csv",
        [["filename", "pixel size(mm)", "head circumference (mm)"], *([name, 0.07, 44.3] for name in training)],
    )
    write_table(folder / "test_set_pixel_size.csv", [["filename", "pixel size(mm)"], ["000_HC.png", 0.1]])
    for name in training:
        write_picture(folder / "training_set" / name)
        ring = np.zeros((H, W), np.uint8)
        cv2.rectangle(ring, (5, 3), (10, 9), 255, 1)
        cv2.imwrite(str(folder / "training_set" / name.replace(".png", "_Annotation.png")), ring)
    write_picture(folder / "test_set" / "000_HC.png")
    return folder


def busi(folder: Path) -> Path:
    home = folder / "Dataset_BUSI_with_GT"
    for name in ("benign", "malignant", "normal"):
        write_picture(home / name / f"{name} (1).png")
        write_picture(home / name / f"{name} (1)_mask.png", (slice(2, 4), slice(2, 4)) if name != "normal" else None)
    write_picture(home / "benign" / "benign (1)_mask_1.png", (slice(10, 13), slice(20, 23)))
    return folder


POCUS_HEADER = ["Filename", "Type", "Probe", "License", "InThisRepo", "Current location", "Patient ID / Name", "Label"]


def pocus(folder: Path) -> Path:
    videos, images = "pocus_videos", "pocus_images"
    rows = [
        ["Cov-Atlas-Day+1", "video", "convex", "CC BY-NC 4.0", "Yes", f"data/{videos}/Convex", "35", "COVID-19"],
        ["Cov-Atlas-Day+2", "video", "convex", "CC BY-NC 4.0", "Yes", f"data/{videos}/Convex", "35", "COVID-19"],
        ["Reg_Image", "video", "linear", "CC BY 4.0", "Yes", f"{videos}/Linear", "J. Doe", "regular"],
        ["Pneu_paper", "Image", "linear", "None", "Yes", f"{images}/Linear", "", "Bacterial pneumonia"],
        ["Cov-Butterfly-Skip", "video", "convex", "None", "No", "butterfly", "15", "COVID-19"],
    ]
    write_table(folder / "data" / "dataset_metadata.csv", [POCUS_HEADER, *rows])
    for name in ("convex/Cov-Atlas-Day+1.avi", "convex/Cov-Atlas-Day+2.avi", "linear/Reg_Image.avi"):
        write_video(folder / "data" / videos / name)
    write_picture(folder / "data" / images / "linear" / "Pneu_paper.png")
    return folder
