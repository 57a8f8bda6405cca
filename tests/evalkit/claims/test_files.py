"""Claims files: the packaged one, every fault by claim and key, roles."""

from pathlib import Path

import pytest

from evalkit.claims.files import find_claims, lacking, packaged, read_claims, take_roles
from evalkit.records import Claim
from translator.errors import InputError

GOOD = """
id = "good"
sentence = "s"
arm = "generator"
metric = "ssim[wang2004]"
region = "mask"
relation = "at_least"
reference = 0.5
"""


def _file(folder: Path, *claims: str, head: str = 'title = "T"') -> Path:
    path = folder / "claims.toml"
    path.write_text("\n".join([head, *(f"[[claims]]\n{claim}" for claim in claims)]), encoding="utf-8")
    return path


def _faults(folder: Path, *claims: str, head: str = 'title = "T"') -> list[str]:
    path = _file(folder, *claims, head=head)
    with pytest.raises(InputError) as found:
        read_claims(path)
    return [str(fault).removeprefix(f"{path}: ") for fault in found.value.faults]


def _claim(**more: object) -> Claim:
    asked: dict[str, object] = {"id": "c", "sentence": "s", "arm": "generator", "metric": "ssim[wang2004]",
                                "region": "mask", "relation": "at_least", "reference": 0.5}  # fmt: skip
    return Claim.model_validate(asked | more)


def test_the_claims_of_the_paper_are_packaged_each_with_source_reason_and_what_is_unsaid() -> None:
    found = read_claims(packaged()["tomic2025"])
    ids = {claim.id for claim in found.claims}
    assert ids >= {"ssim-frame", "view-f1-real", "view-f1-synthetic", "view-f1-same", "machine-cannot-tell", "dice",
                   "clinicians-chance", "clinicians-range", "zero-shot-obstetric", "zero-shot-organs",
                   "coverage-slope", "fetal-blur", "diversity", "privacy", "speed"}  # fmt: skip
    for claim in found.claims:
        assert "arXiv:2511.03255" in claim.source
        assert claim.reason
        assert claim.unspecified
        assert claim.arm in ("generator", "real")
    by_id = {claim.id: claim for claim in found.claims}
    frame = by_id["ssim-frame"]
    assert (frame.relation, frame.reference, frame.margin) == ("equivalent", 0.91, 0.04)
    assert by_id["view-f1-same"].relation == by_id["machine-cannot-tell"].relation == "equivalent"
    assert by_id["zero-shot-organs"].zero_shot


def test_a_claims_file_is_found_by_packaged_name_and_by_path(tmp_path: Path) -> None:
    path = _file(tmp_path, GOOD)
    assert find_claims("tomic2025", tmp_path) == packaged()["tomic2025"]
    assert find_claims("claims.toml", tmp_path) == path
    with pytest.raises(InputError, match="Did you mean 'tomic2025'"):
        find_claims("tomic2024", tmp_path)


def test_every_fault_is_listed_by_claim_and_key(tmp_path: Path) -> None:
    worse = GOOD.replace('"good"', '"worse"')
    faults = _faults(
        tmp_path,
        GOOD.replace("relation", "relaton").replace('"mask"', '"msk"'),
        worse.replace("ssim[wang2004]", "ssim[wang]").replace("0.5", '"half"'),
        worse.replace("at_least", "equivalent").replace("good", "b")
        + 'statistic = "f1_macr"\npopulation = {site2 = "x"}',
        GOOD.replace('"good"', '"lazy"').replace("at_least", "equivalent") + 'against = "telea"',
    )
    assert any("claim 'good': relaton: unknown key 'relaton'. Did you mean 'relation'?" in fault for fault in faults)
    assert any("claim 'good': relation: Field required" in fault for fault in faults)
    assert any("claim 'good': region: unknown region 'msk'. Did you mean 'mask'?" in fault for fault in faults)
    assert any("claim 'worse': metric: unknown metric 'ssim[wang]'. Did you mean ssim" in fault for fault in faults)
    assert any("claim 'worse': reference: Input should be a valid number" in fault for fault in faults)
    assert any("statistic: unknown statistic 'f1_macr'; did you mean 'f1_macro'?" in fault for fault in faults)
    assert any("population: unknown manifest column 'site2'" in fault for fault in faults)
    assert any("claim 'worse': id: is given 2 times" in fault for fault in faults)
    assert any("claim 'lazy': relation equivalent needs exactly one of `against` and `reference`" in f for f in faults)
    assert any("claim 'lazy': relation equivalent needs a margin above 0" in fault for fault in faults)


def test_a_claim_that_does_not_go_with_its_statistic_or_metric_is_a_fault(tmp_path: Path) -> None:
    readers = 'id = "r"\nsentence = "s"\narm = "g"\nstatistic = "reader_auc"\nrelation = "superior"\nagainst = "h"'
    told = _faults(tmp_path, readers, GOOD.replace("at_least", "superior").replace("reference = 0.5", 'against = "h"')
                   .replace("ssim[wang2004]", "sharpness_ratio"))  # fmt: skip
    assert any("claim 'r': statistic reader_auc compares no arms" in fault for fault in told)
    assert any("claim 'r': statistic reader_auc needs `readers`" in fault for fault in told)
    assert any("relation: relation superior does not go with sharpness_ratio" in fault for fault in told)


def test_more_than_ten_primary_claims_in_a_family_are_refused_and_exploratory_ones_are_not(tmp_path: Path) -> None:
    many = [GOOD.replace('"good"', f'"c{number}"') for number in range(11)]
    assert _faults(tmp_path, *many)[0].startswith("family: family 'primary' has 11 claims, at most 10 can be primary")
    assert len(read_claims(_file(tmp_path, *(f"{claim}exploratory = true" for claim in many))).claims) == 11
    assert len(read_claims(_file(tmp_path, *(f'{claim}family = "exploratory"' for claim in many))).claims) == 11


@pytest.mark.parametrize(
    ("head", "claims", "fault"),
    [
        ("", [GOOD], "title: Field required"),
        ('title = "T"\nschema_version = 2', [GOOD], "schema_version: Input should be less than or equal to 1"),
        ('title = "T"\nsorce = "x"', [GOOD], "sorce: unknown key 'sorce'. Did you mean 'source'?"),
        ('title = "T"', [], "claims: Field required"),
        ('title = "T"\nclaims = [1]', [], "claim 1: is no table"),
        ('title = "T"\nclaims = "all"', [], "claims: Input should be a valid list"),
    ],
)
def test_what_stands_around_the_claims_is_checked_too(head: str, claims: list[str], fault: str, tmp_path: Path) -> None:
    assert any(fault in found for found in _faults(tmp_path, *claims, head=head))


def test_a_file_that_is_no_toml_or_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    assert any("is not TOML" in fault for fault in _faults(tmp_path, "= ="))
    with pytest.raises(InputError, match="cannot be read"):
        read_claims(tmp_path / "absent.toml")


def test_roles_become_arms_and_an_arm_of_that_name_needs_no_telling() -> None:
    taken = take_roles([_claim(arm="generator"), _claim(arm="telea")], {"generator": "mine"}, ["mine", "telea"], "x")
    assert [claim.arm for claim in taken] == ["mine", "telea"]


@pytest.mark.parametrize(
    ("roles", "fault"),
    [
        ({}, "role 'generator' is played by no arm. Say which: generator = one of mine"),
        ({"generator": "yours"}, "role 'generator' is played by 'yours', which is no arm"),
        ({"generator": "mine", "genrator": "mine"}, "no claim speaks of a role 'genrator'. Roles are: generator"),
    ],
)
def test_a_role_that_no_arm_plays_is_a_fault(roles: dict[str, str], fault: str) -> None:
    with pytest.raises(InputError) as found:
        take_roles([_claim()], roles, ["mine"], "x")
    assert any(fault in str(one) for one in found.value.faults)


def test_what_a_study_does_not_measure_is_said_and_what_a_task_would_give() -> None:
    assert lacking(_claim(), ["ssim[wang2004]"], ["mask"]).needs == ""
    assert "needs it in `metrics`" in lacking(_claim(), ["mae"], ["mask"]).needs
    assert "the region mask was not measured" in lacking(_claim(), ["ssim[wang2004]"], ["frame"]).needs
    assert "needs a task that gives it" in lacking(_claim(metric="segmentation.dice"), [], []).needs
