"""Every sealed result comes out of the packed tables again, or is named with the reason why it does not."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.seal import Run, read_run, seal
from reports.packet.archive import archive_bytes
from reports.packet.assemble import Asked, packet_files
from reports.packet.recompute import recompute
from reports.packet.verify import verify_packet
from tests.reports.packet.restated import stated_again
from tests.reports.packet.tasked_run import tasked_run
from translator.errors import InputError

DAY = "2026-01-31"


@pytest.fixture(scope="module")
def tasked(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tasked_run(tmp_path_factory.mktemp("tasked"))


def _packed(run: Run, real_ids: bool = False) -> dict[str, bytes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.packet.assemble._report", lambda run, real_ids: b"")  # drawing it takes seconds
        return packet_files(run, None, Asked(date=DAY, real_ids=real_ids))


@pytest.fixture(scope="module")
def under_pseudonyms(tasked: Run) -> dict[str, bytes]:
    return _packed(tasked)


@pytest.fixture(scope="module")
def with_ids(tasked: Run) -> dict[str, bytes]:
    """Quicker to make again: subjects are in the order of the run, and so are random draws."""
    return _packed(tasked, real_ids=True)


def _changed(files: Mapping[str, bytes], name: str, change: Callable[[Any], object]) -> dict[str, bytes]:
    """With one file changed, and every hash made again; unsigned, as anybody could."""
    value, told = json.loads(files[name]), json.loads(files["packet.json"])
    change(value)
    told["sealed"][name.removeprefix("run/")]["verbatim"] = False
    made = {**files, name: json.dumps(value).encode(), "packet.json": json.dumps(told).encode()}
    return stated_again(made, None)


@pytest.mark.parametrize("packed", ["under_pseudonyms", "with_ids"])
def test_all_tables_of_a_run_with_a_task_come_out_again(
    tasked: Run, packed: str, request: pytest.FixtureRequest
) -> None:
    found = recompute(request.getfixturevalue(packed))
    assert found.differing == []
    assert {f"run/{name}" for name in ("classification.json", "transfer.json", "flow.json")} <= set(found.made)
    assert json.loads((tasked.folder / "transfer.json").read_text())["rows"]


def test_every_sealed_file_is_made_again_started_from_or_named(tasked: Run, with_ids: dict[str, bytes]) -> None:
    found = recompute(with_ids)
    asked = {"plan.json", "pseudonyms.csv"}
    for file in tasked.record["files"].keys() - asked:
        known = f"run/{file}" in (*found.made, *found.sources)
        reasons = [what for what in found.not_done if what.startswith((f"run/{file}: ", file.split("/")[0]))]
        assert known or reasons, file


def test_a_file_that_a_later_version_of_a_run_seals_is_named(tasked: Run, tmp_path: Path) -> None:
    shutil.copytree(tasked.folder, tmp_path / "run")
    (tmp_path / "run" / "novelty.json").write_text('{"share": 0.5}')
    (tmp_path / "run" / "model.bin").write_bytes(b"\0")
    seal(tmp_path / "run", tasked.record["plan_sha256"])
    said = recompute(_packed(read_run(tmp_path / "run"), real_ids=True)).not_done
    assert "run/novelty.json: this version of the suite does not know how to make it again" in said
    assert any(what.startswith("run/model.bin: is not in the packet (left out") for what in said)


def test_a_file_that_packet_json_is_silent_about_is_named_too(with_ids: dict[str, bytes]) -> None:
    said = recompute({**with_ids, "run/more.json": b"{}"}).not_done
    assert "run/more.json: this version of the suite does not know how to make it again" in said


def test_a_table_that_cannot_be_made_again_without_another_says_which(with_ids: dict[str, bytes]) -> None:
    without = {name: content for name, content in with_ids.items() if name != "run/tasks.json"}
    said = recompute(without).not_done
    assert "run/classification.json: needs tasks.json beside it" in said


@pytest.mark.parametrize("name", ["classification.json", "transfer.json", "flow.json", "tasks.json"])
@pytest.mark.parametrize("content", [b"", b"[" * 99_999])
def test_a_result_that_cannot_be_read_is_a_clear_fault(with_ids: dict[str, bytes], name: str, content: bytes) -> None:
    with pytest.raises(InputError, match="cannot be computed again"):
        recompute({**with_ids, f"run/{name}": content})


def test_one_changed_number_of_the_classification_is_found_though_every_hash_was_made_again(
    under_pseudonyms: dict[str, bytes], tmp_path: Path
) -> None:
    def change(value: dict[str, Any]) -> None:
        value["predictions"]["view"]["arms"]["ours"]["accuracy"]["value"] += 0.01

    path = tmp_path / "packet.zip"
    path.write_bytes(archive_bytes(_changed(under_pseudonyms, "run/classification.json", change)))
    assert verify_packet(path).result == "intact"  # which is why integrity alone proves little
    found = verify_packet(path, recompute=True)
    assert found.result == "differs"
    (fault,) = found.faults
    assert fault.what.startswith("classification.json predictions: view.arms.ours.accuracy.value is 0.625")


def test_with_real_ids_no_file_can_be_passed_off_as_rewritten(with_ids: dict[str, bytes], tmp_path: Path) -> None:
    def change(value: dict[str, Any]) -> None:
        value["predictions"]["view"]["arms"]["ours"]["accuracy"]["value"] += 0.01

    path = tmp_path / "packet.zip"
    path.write_bytes(archive_bytes(_changed(with_ids, "run/classification.json", change)))
    found = verify_packet(path)
    assert found.result == "tampered"
    assert "run/classification.json: is not classification.json as the run sealed it" in str(found.faults[0])


def test_a_count_of_the_confusion_that_was_moved_is_found(with_ids: dict[str, bytes]) -> None:
    def change(value: dict[str, Any]) -> None:
        value["predictions"]["view"]["arms"]["grey"]["confusion"][0][0][0] += 1

    (said,) = recompute(_changed(with_ids, "run/classification.json", change)).differing
    assert "view.arms.grey.confusion.0.0.0 is" in said


def test_a_drop_that_was_made_smaller_and_a_group_that_was_left_out_are_found(with_ids: dict[str, bytes]) -> None:
    def smaller(value: dict[str, Any]) -> None:
        row = next(row for row in value["rows"] if row["seen"] == "zero-shot" and row["arm"] == "ours")
        row["drop"] = 0.0

    (said,) = recompute(_changed(with_ids, "run/transfer.json", smaller)).differing
    assert said.startswith("transfer.json ours|mae|frame|kidney|zero-shot|: drop is 0.0, comes out as 0.04")

    def fewer(value: dict[str, Any]) -> None:
        value["rows"] = [row for row in value["rows"] if row["arm"] == "ours"][1:]
        value["without_card"] = []

    said = "\n".join(recompute(_changed(with_ids, "run/transfer.json", fewer)).differing)
    assert "comes out, and is not in the packet" in said
    assert "transfer.json without_card: grey is said otherwise" in said


def test_groups_that_hang_on_names_are_named_under_pseudonyms_and_made_again_without(
    under_pseudonyms: dict[str, bytes], with_ids: dict[str, bytes]
) -> None:
    reason = "run/transfer.json: arm named: who is on its model card is told by number, so that its groups cannot be"
    assert any(what.startswith(reason) for what in recompute(under_pseudonyms).not_done)
    assert not any("arm named" in what for what in recompute(with_ids).not_done)


def test_an_exclusion_that_was_hidden_is_found(with_ids: dict[str, bytes]) -> None:
    def change(value: dict[str, Any]) -> None:
        value["excluded"] = []

    (said,) = recompute(_changed(with_ids, "run/flow.json", change)).differing
    assert said.startswith("flow.json excluded is [], comes out as [{'reason': 'probe off the skin of person-b6")


def test_a_verdict_that_hangs_on_random_draws_is_told(with_ids: dict[str, bytes]) -> None:
    """The packet's own numbers, within what other draws give, decide; that others would decide otherwise is said."""
    from dataclasses import replace

    from evalkit.judging import Evidence
    from evalkit.records import Estimate
    from reports.packet import rejudged

    plan = rejudged.plan_of(json.loads(with_ids["run/plan.json"]),
                            json.loads(with_ids["run/metrics.json"])["metrics"])  # fmt: skip
    (claim,) = plan.study.claims
    none = Evidence(plan.document, plan.declared, (), (), ())
    found = Estimate(
        id=claim.id, statistic="accuracy", metric="view", region="", arm="ours", against=None, population="", value=0.7,
        low=0.49, high=0.9, level=0.95, relation="at_least", margin=0.0, reference=0.5, p=0.026, method="bootstrap",
        n_subjects=13, n_clips=13, n_undefined=0, n_failed=0,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rejudged, "judge", lambda claims, evidence: ([found], []))
        own = replace(found, low=0.51, p=0.024)
        judged = rejudged.claims_again([claim], none, {claim.id: own}, frozenset(), {})
    assert [verdict.outcome for verdict in judged.verdicts] == ["supported"]
    assert judged.not_done == ["claim right: its verdict hangs on random draws, others give inconclusive"]
