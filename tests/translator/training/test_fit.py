"""The loop: a killed run goes on to the same result, and what is measured on the way is what it says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from translator.errors import InputError
from translator.fill.evidence import BACKWARD, FORWARD, MASK, MATCH, PLANES, VISIBLE
from translator.training import diary
from translator.training import fit as module
from translator.training.config import TrainingConfig
from translator.training.fit import Fit
from translator.training.pool import Pool


def _config(**changes: Any) -> TrainingConfig:
    base = {"schema_version": 2, "name": "n", "design": {"preset": "micro"}, "crop": 32, "steps": 6, "batch": 2}
    return TrainingConfig.model_validate({**base, "threads": 1, **changes})


NONE = Pool([])


def _pool(pairs: int = 8) -> Pool:
    rng = np.random.default_rng(0)
    pool = rng.integers(0, 256, (pairs, 2, 1 + PLANES, 32, 32), dtype=np.uint8)
    mask = rng.random((pairs, 2, 32, 32)) < 0.3
    pool[:, :, 1 + MASK] = mask * 255
    pool[:, :, 1 + VISIBLE] = np.where(mask, 0, pool[:, :, 0])
    pool[:, :, 1 + MATCH] = pool[:, :, 0]  # so that there is something to learn
    return Pool([pool[:1], pool[1:]])


def _quiet(*_: object) -> None:
    pass


def _weights(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


class _KilledError(Exception):
    pass


@pytest.mark.parametrize("losses", [{}, {"adversarial": 0.1, "matching": 0.1, "adversarial_from": 0.0}])
def test_a_killed_run_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, losses: dict[str, float]
) -> None:
    monkeypatch.setattr(module, "SAVE_EVERY", 2)
    monkeypatch.setattr(module, "_PRETRAINED", 0.3)
    config, pool = _config(losses=losses), _pool()
    whole = _weights(Fit(config, tmp_path / "whole", pool, NONE).finish(_quiet))

    def kill(_stage: str, done: int, _total: int, _note: str) -> None:
        if done == 5:
            raise _KilledError

    with pytest.raises(_KilledError):
        Fit(config, tmp_path / "killed", pool, NONE).finish(kill)
    again = Fit(config, tmp_path / "killed", pool, NONE)
    assert again.step == 4
    resumed = _weights(again.finish(_quiet))
    assert whole.keys() == resumed.keys()
    for name, tensor in whole.items():
        assert torch.equal(tensor, resumed[name]), name
    again.clean_up()
    assert not list((tmp_path / "killed").glob("*.unfinished.*"))


def test_another_configuration_does_not_go_on_from_a_killed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAVE_EVERY", 2)
    Fit(_config(), tmp_path, _pool(), NONE).finish(_quiet)
    assert Fit(_config(), tmp_path, _pool(), NONE).step == 4
    assert Fit(_config(learning_rate=1e-3), tmp_path, _pool(), NONE).step == 0


def test_a_damaged_state_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAVE_EVERY", 2)
    Fit(_config(), tmp_path, _pool(), NONE).finish(_quiet)
    next(tmp_path.glob("*.unfinished.*")).write_bytes(b"not a state")
    assert Fit(_config(), tmp_path, _pool(), NONE).step == 0


def test_training_lowers_the_loss_and_the_diary_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 10)
    monkeypatch.setattr(module, "LOOK_EVERY", 10)
    fit = Fit(_config(steps=40), tmp_path, _pool(), _pool(4))
    fit.finish(_quiet)
    totals = [row["total"] for row in fit.diary.rows]
    assert [row["step"] for row in fit.diary.rows] == [10, 20, 30, 40]
    assert totals[-1] < 0.95 * totals[0]
    assert fit.diary.rows[-1]["validation"] < fit.diary.rows[0]["validation"]
    assert (tmp_path / "n.losses.csv").read_text(encoding="utf-8").startswith("step,total,hidden,")
    assert (tmp_path / "n.samples.png").read_bytes().startswith(b"\x89PNG")


def test_the_validation_error_is_the_mean_over_the_masks_in_grey_levels(tmp_path: Path) -> None:
    pool = _pool(5)
    fit = Fit(_config(steps=1), tmp_path, pool, pool)  # an untrained network gives the prior
    pairs = pool.take(np.arange(5))
    mask = pairs[:, :, 1 + MASK] > 0
    expected = np.abs(pairs[:, :, 0].astype(float) - pairs[:, :, 3])[mask].mean()
    assert fit._validate() == pytest.approx(expected, rel=1e-5)


def test_time_is_reversed_with_the_neighbours_swapped(tmp_path: Path) -> None:
    pool = _pool(4)
    fit = Fit(_config(), tmp_path, pool, NONE)
    plain = fit._batch(pool, np.arange(4), None)[1]

    class _Always:
        def random(self, shape: tuple[int, ...]) -> np.ndarray:
            return np.full(shape, 0.1)  # mirrored, turned over and reversed

        def uniform(self, _low: float, _high: float, size: tuple[int, ...]) -> np.ndarray:
            return np.ones(size)

    changed = fit._batch(pool, np.arange(4), _Always())[1]  # type: ignore[arg-type]
    turned = changed.flip(-1).flip(-2)
    assert torch.allclose(turned[1, FORWARD], plain[0, BACKWARD])
    assert torch.allclose(turned[0, BACKWARD], plain[1, FORWARD])
    assert torch.allclose(turned[0, MASK], plain[1, MASK])
    assert torch.allclose(turned[2, VISIBLE], plain[3, VISIBLE])


def test_every_pair_is_changed_by_itself_and_truth_and_planes_alike(tmp_path: Path) -> None:
    pool = _pool(8)
    fit = Fit(_config(batch=8), tmp_path, pool, NONE)
    truth, planes = fit._batch(pool, np.arange(8), np.random.default_rng(3))
    plain = fit._batch(pool, np.arange(8), None)[0]
    seen = planes[:, MASK] == 0
    assert torch.allclose(truth[:, 0][seen], planes[:, VISIBLE][seen])
    assert torch.allclose(truth[:, 0], planes[:, MATCH])
    assert len({round(float(a.mean() / b.mean()), 3) for a, b in zip(truth[::2], plain[::2], strict=True)}) > 4


def test_the_rate_rises_and_falls(tmp_path: Path) -> None:
    config = _config(steps=100, learning_rate=1.0)
    rates = [module._rate(step, config) for step in range(100)]
    assert max(rates) == rates[5] == pytest.approx(1, abs=0.01)
    assert rates[0] == pytest.approx(0.2)
    assert rates[-1] < 0.02
    assert rates[5:] == sorted(rates[5:], reverse=True)


def test_a_device_that_is_not_there_is_said_before_the_work(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(InputError, match="no CUDA device"):
        Fit(_config(device="cuda"), tmp_path, _pool(), NONE)


def test_tensorboard_that_is_not_installed_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diary, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match="pip install tensorboard"):
        Fit(_config(tensorboard=True), tmp_path, _pool(), NONE)


def test_the_scale_of_the_uncertainty_is_observed_over_predicted_error(tmp_path: Path) -> None:
    pool = _pool(5)
    fit = Fit(_config(steps=1), tmp_path, pool, pool)  # an untrained network predicts softplus(-3) everywhere
    pairs = pool.take(np.arange(5))
    mask = pairs[:, :, 1 + MASK] > 0
    error = np.abs(pairs[:, :, 0].astype(float) - pairs[:, :, 3])[mask].mean() / 255
    assert fit.spread_scale() == pytest.approx(error / np.log1p(np.exp(-3)), rel=1e-4)
    assert Fit(_config(steps=1), tmp_path, pool, NONE).spread_scale() is None


@pytest.mark.slow
def test_the_base_preset_trains_a_few_steps(tmp_path: Path) -> None:
    fit = Fit(_config(design={"preset": "base"}, steps=2), tmp_path, _pool(), NONE)
    before = _weights(fit.model)
    fit.finish(_quiet)
    assert any(not torch.equal(tensor, before[name]) for name, tensor in fit.model.state_dict().items())
