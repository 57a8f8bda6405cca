from collections.abc import Callable, Sequence
from pathlib import Path

from translator.clips.manifest import Entry
from translator.datasets.listing import Listing

Build = dict[str, Callable[[Path], Path]]
Lister = Callable[..., Listing]
Table = Callable[[Path, Sequence[Sequence[object]]], None]
Video = Callable[[Path], None]

HEADER = ["Filename", "Type", "Probe", "License", "InThisRepo", "Current location", "Patient ID / Name", "Label"]


def _by_name(entries: list[Entry]) -> dict[str, Entry]:
    return {Path(str(e.greyscale)).name: e for e in entries}


def test_patients_licences_and_probes_are_the_rows_own(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    listing = list_clips("pocus", build["pocus"](tmp_path / "data"))
    assert listing.faults == []
    rows = _by_name(listing.entries)
    first, second = rows["Cov-Atlas-Day+1.avi"], rows["Cov-Atlas-Day+2.avi"]
    assert first.subject_id == second.subject_id == "pocus-patient-35"
    assert (first.licence, first.scanner, first.split) == ("CC-BY-NC-4.0", "convex", "test")
    assert (rows["Reg_Image.avi"].licence, rows["Pneu_paper.png"].licence) == ("CC-BY-4.0", "not stated")
    assert rows["Pneu_paper.png"].subject_id == rows["Pneu_paper.png"].clip_id  # no patient: a subject of its own
    assert listing.notes == ["1 rows of dataset_metadata.csv name files that the repository does not hold for use"]


def test_no_name_of_a_file_or_person_reaches_an_id(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    for entry in list_clips("pocus", build["pocus"](tmp_path / "data")).entries:
        ids = (entry.clip_id + entry.subject_id).lower()
        assert not any(word in ids for word in ("doe", "atlas", "reg_image", "paper"))


def test_ids_stay_the_same_wherever_the_repository_lies(build: Build, list_clips: Lister, tmp_path: Path) -> None:
    first = list_clips("pocus", build["pocus"](tmp_path / "a")).entries
    second = list_clips("pocus", build["pocus"](tmp_path / "b") / "data").entries
    assert [e.clip_id for e in first] == [e.clip_id for e in second]


def test_bad_rows_are_named(build: Build, list_clips: Lister, table: Table, video: Video, tmp_path: Path) -> None:
    folder = build["pocus"](tmp_path / "linear")  # the name of a folder above is no probe
    videos = folder / "data" / "pocus_videos"
    video(videos / "convex" / "twice.avi")
    (videos / "convex" / "twice.mp4").write_bytes(b"the adapter looks at names")
    video(videos / "linear" / "both.avi")
    video(videos / "convex" / "both.avi")
    yes = ["CC BY 4.0", "Yes", "pocus_videos/Convex", "1", ""]
    table(
        folder / "data" / "dataset_metadata.csv",
        [
            HEADER,
            ["both", "video", "linear", *yes],
            ["both", "video", "convex", *yes],
            ["twice", "video", "convex", *yes],
            ["gone", "video", "convex", *yes],
            ["../../../etc/passwd", "video", "convex", *yes],
            ["both", "video", "convex", *yes],
        ],
    )
    listing = list_clips("pocus", folder)
    assert [Path(str(e.greyscale)).parent.name for e in listing.entries] == ["linear", "convex"]
    rows = [str(f).split("metadata.csv: ", 1)[1] for f in listing.faults if ": row" in str(f)]
    assert [text.partition(",")[0] for text in rows] == [
        "row 4: may mean any of pocus_videos/convex/twice.avi",
        "row 5: names 'gone'",
        "row 6: names '../../../etc/passwd'",
        "row 7: names 'both' again",
    ]
    strangers = [str(f) for f in listing.faults if "has no row in" in str(f)]
    assert len(strangers) == 4  # the files of the good folder, which this table does not name


def test_a_file_of_somebody_elses_gallery_is_listed_if_it_is_there(
    build: Build, list_clips: Lister, video: Video, tmp_path: Path
) -> None:
    folder = build["pocus"](tmp_path / "data")
    video(folder / "data" / "pocus_videos" / "convex" / "Cov-Butterfly-Skip.avi")
    listing = list_clips("pocus", folder)
    assert (listing.faults, listing.notes) == ([], [])
    assert _by_name(listing.entries)["Cov-Butterfly-Skip.avi"].subject_id == "pocus-patient-15"
