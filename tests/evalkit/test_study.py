"""Study files: every fault is refused by its place, with the nearest known name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from evalkit.study import Study, read_study
from translator.errors import InputError

HEAD = 'title = "T"\nmanifest = "manifest.csv"\n'
ARMS = '[[arms]]\nname = "grey"\ntranslator = "trivial:grey"\n[[arms]]\nname = "telea"\ntranslator = "trivial:telea"\n'
CLAIM = (
    '[[claims]]\nid = "c1"\nsentence = "s"\narm = "telea"\nmetric = "mae"\nregion = "mask"\n'
    'relation = "superior"\nagainst = "grey"\n'
)


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_study(_write(tmp_path, text))
    assert all(str(tmp_path / "study.toml") in fault.where for fault in caught.value.faults)
    return str(caught.value)


def _replaced(old: str, new: str) -> str:
    text = HEAD + ARMS + CLAIM
    assert old in text
    return text.replace(old, new)


def test_a_complete_study_is_read_with_its_defaults(tmp_path: Path) -> None:
    study = read_study(_write(tmp_path, HEAD + ARMS + CLAIM))
    assert [(arm.name, arm.translator) for arm in study.arms] == [("grey", "trivial:grey"), ("telea", "trivial:telea")]
    assert (study.split, study.metrics) == ("test", ["ssim[wang2004]", "mae", "change"])
    assert study.regions == ["frame", "sector", "mask", "seam", "unmasked"]
    assert (study.claims[0].id, study.claims[0].against) == ("c1", "grey")
    assert (study.exhibits.metric, study.exhibits.region) == ("ssim[wang2004]", "mask")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        read_study(tmp_path / "none.toml")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_study(tmp_path)


def test_what_is_not_toml_is_refused_with_the_place(tmp_path: Path) -> None:
    text = _complaint(tmp_path, HEAD + "arms = [\n")
    assert "is not TOML" in text


def test_what_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(b'title = "\xff\xfe"')
    with pytest.raises(InputError, match="is not TOML"):
        read_study(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (_replaced("title", "titel"), "unknown key 'titel'. Did you mean 'title'?"),
        (_replaced('translator = "trivial:grey"', 'translater = "trivial:grey"'), "Did you mean 'translator'?"),
        (_replaced("against", "againts"), "unknown key 'againts'. Did you mean 'against'?"),
        (HEAD + ARMS + "[exhibits]\nalway = []\n", "unknown key 'alway'. Did you mean 'always'?"),
        ("claim = []\n" + HEAD + ARMS, "unknown key 'claim'. Did you mean 'claims'?"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(tmp_path: Path, text: str, complaint: str) -> None:
    assert complaint in _complaint(tmp_path, text)


def test_an_unknown_key_like_no_other_is_refused_with_all_known_ones(tmp_path: Path) -> None:
    text = _complaint(tmp_path, "zzz = 1\n" + HEAD + ARMS)
    assert "unknown key 'zzz'. Known: schema_version, title, note, manifest" in text


def test_all_faults_are_listed_at_once_with_their_places(tmp_path: Path) -> None:
    text = _complaint(tmp_path, 'zzz = 1\ntitle = 3\n[[arms]]\nname = "grey"\n')
    for place in ("study.toml: zzz", "study.toml: title", "study.toml: manifest", "study.toml: arms.0.translator"):
        assert place in text


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('arm = "telea"', 'arm = "telae"', "claim 'c1' names an unknown arm 'telae'; did you mean 'telea'?"),
        ('against = "grey"', 'against = "gray"', "claim 'c1' names an unknown arm 'gray'; did you mean 'grey'?"),
        ('metric = "mae"', 'metric = "mea"', "claim 'c1' names an unknown metric 'mea'; did you mean 'mae'?"),
        ('metric = "mae"', 'metric = "lpips"', "unknown metric 'lpips'; known: ssim[wang2004], mae"),
        ('region = "mask"', 'region = "maks"', "claim 'c1' names an unknown region 'maks'; did you mean 'mask'?"),
        ('id = "c1"', 'id = "c1"\npopulation = {vieww = "PLAX"}', "manifest column 'vieww'; did you mean 'view'?"),
    ],
)
def test_a_claim_that_names_what_is_not_there_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert complaint in _complaint(tmp_path, _replaced(old, new))


def test_a_claim_on_a_metric_that_the_study_does_not_measure_is_refused(tmp_path: Path) -> None:
    text = _complaint(tmp_path, 'metrics = ["ssim[wang2004]"]\n' + HEAD + ARMS + CLAIM)
    assert "claim 'c1' names an unknown metric 'mae'" in text


def _family(size: int, name: str = "primary") -> str:
    return "".join(CLAIM.replace("c1", f"{name}-{i}") + f'family = "{name}"\n' for i in range(size))


def test_more_than_ten_claims_in_a_family_are_refused(tmp_path: Path) -> None:
    assert "family 'primary' has 11 claims, at most 10" in _complaint(tmp_path, HEAD + ARMS + _family(11))


def test_ten_claims_in_each_of_two_families_are_accepted(tmp_path: Path) -> None:
    study = read_study(_write(tmp_path, HEAD + ARMS + _family(10) + _family(10, "other")))
    assert len(study.claims) == 20


@pytest.mark.parametrize("relation", ["equivalent", "noninferior"])
def test_equivalence_and_noninferiority_without_a_margin_are_refused(tmp_path: Path, relation: str) -> None:
    text = _complaint(tmp_path, _replaced('"superior"', f'"{relation}"'))
    assert f"study.toml: claims.0: relation {relation} needs a margin above 0" in text


def test_names_given_twice_are_refused(tmp_path: Path) -> None:
    text = _complaint(tmp_path, HEAD + ARMS + ARMS + CLAIM + CLAIM)
    for complaint in ("arm 'grey' is given twice", "arm 'telea' is given twice", "claim 'c1' is given twice"):
        assert complaint in text


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('regions = ["mask", "heart"]\n', "unknown region 'heart'; known: frame, sector, mask, seam"),
        ('population = {organ = "heart"}\n', "unknown manifest column 'organ'; known: clip_id"),
        ("schema_version = 2\n", "schema_version"),
        ("schema_version = 0\n", "schema_version"),
    ],
)
def test_other_faults_of_the_study_are_refused(tmp_path: Path, line: str, complaint: str) -> None:
    assert complaint in _complaint(tmp_path, line + HEAD + ARMS)


def test_a_study_without_arms_is_refused(tmp_path: Path) -> None:
    assert "study.toml: arms" in _complaint(tmp_path, HEAD + "arms = []\n")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('arm = "telae"', "exhibits name an unknown arm 'telae'"),
        ('metric = "ssim"', "metric 'ssim'"),
        ('region = "maks"', "region 'maks'"),
    ],
)
def test_exhibits_that_name_what_is_not_there_are_refused(tmp_path: Path, line: str, complaint: str) -> None:
    """Else a misspelt name leaves the report without its worst, median and best, and nothing is said."""
    assert complaint in _complaint(tmp_path, HEAD + ARMS + f"[exhibits]\n{line}\n")


@pytest.mark.parametrize("name", ["two words", "a/b", "../up", "a|b", "-first", ""])
def test_an_arm_name_that_is_unsafe_in_a_path_or_a_table_is_refused(tmp_path: Path, name: str) -> None:
    assert "study.toml: arms.0.name" in _complaint(tmp_path, _replaced('name = "grey"', f'name = "{name}"'))


@pytest.mark.parametrize("line", ['metrics = ["mae", "mae"]\n', 'regions = ["mask", "mask"]\n'])
def test_a_metric_or_region_given_twice_is_refused(tmp_path: Path, line: str) -> None:
    """Else every estimate stands in the table twice under one id."""
    assert "given twice" in _complaint(tmp_path, line + HEAD + ARMS)


def test_a_study_cannot_be_changed_after_it_was_read(tmp_path: Path) -> None:
    study = read_study(_write(tmp_path, HEAD + ARMS))
    with pytest.raises(ValueError, match="frozen"):
        study.title = "another"
    assert isinstance(study, Study)


def test_a_claim_cannot_ask_for_clips_outside_the_studys_population(tmp_path: Path) -> None:
    head = HEAD + 'population = {anatomy = "heart"}\n'
    text = head + ARMS + CLAIM.replace('id = "c1"', 'id = "c1"\npopulation = {anatomy = "kidney"}')
    assert "claim 'c1' wants anatomy = 'kidney', the study's population has 'heart'" in _complaint(tmp_path, text)


def test_strata_and_their_bins_are_read(tmp_path: Path) -> None:
    study = read_study(_write(tmp_path, HEAD + 'strata = ["view", "coverage"]\n[bins]\ncoverage = [0.1, 0.3]\n' + ARMS))
    assert (study.strata, study.bins.coverage, study.bins.fps) == (["view", "coverage"], [0.1, 0.3], [20, 30, 50])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('strata = ["vew"]', "strata: unknown stratum 'vew'; did you mean 'view'?"),
        ('strata = ["view", "view"]', "stratum 'view' is given twice"),
        ("bins.coverage = [0.2, 0.1]", "bins.coverage: edges must be above 0 and rise"),
        ("bins.coverage = [10, 20]", "10 % is 0.1"),
        ("bins.fps = [0]", "bins.fps: edges must be above 0 and rise"),
        ("bins.fps = [nan]", "bins.fps: edges must be above 0 and rise"),
        ("bins.fps = []", "bins.fps: "),
        ("bins.fsp = [30]", "unknown key 'fsp'. Did you mean 'fps'?"),
    ],
)
def test_bad_strata_and_bins_are_refused(tmp_path: Path, line: str, complaint: str) -> None:
    assert complaint in _complaint(tmp_path, HEAD + line + "\n" + ARMS)


def test_a_population_is_no_matter_of_file_names() -> None:
    """Plans hold no file names, so a population by one could not be found again."""
    arms = [{"name": "a", "translator": "trivial:grey"}]
    with pytest.raises(ValidationError, match="unknown manifest column 'cfd'"):
        Study.model_validate({"title": "T", "manifest": "m.csv", "arms": arms, "population": {"cfd": "x.mp4"}})
