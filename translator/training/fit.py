"""The training loop: steps that follow from seed and number alone, so that a killed run goes on to the same result."""

import copy
import math
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from translator.artefacts import digest
from translator.errors import bad_input
from translator.fill.evidence import (
    BACKWARD,
    BACKWARD_NEARNESS,
    FORWARD,
    FORWARD_NEARNESS,
    MASK,
    MATCH,
    PLANES,
    PRIOR,
    SPATIAL,
    VISIBLE,
)
from translator.networks.two_stage import Output, TwoStage
from translator.training.adversary import PatchDiscriminator, adversary_loss, deception_losses, pairs_of
from translator.training.config import TrainingConfig
from translator.training.diary import EVERY, SAMPLES, Diary
from translator.training.losses import StructureLoss, Terms, picture_losses
from translator.training.perceptual import Distance, perceptual_distance
from translator.training.pool import Pool
from translator.training.state import restore_state, save_state

Progress = Callable[[str, int, int, str], None]
VERSION = 3
SAVE_EVERY = LOOK_EVERY = 250  # steps
_VALIDATED = 96  # pairs at most, spread over the validation pool
_EMA = 0.998
_WARM_UP = 0.05  # share of the steps in which the learning rate rises
_PRETRAINED = 0.05  # share of the steps in which the adversary learns alone
_GREY = [VISIBLE, PRIOR, FORWARD, BACKWARD, MATCH, SPATIAL]
_GAIN, _GAMMA = (0.8, 1.15), (0.75, 1.35)
_SWAPPED = {
    FORWARD: BACKWARD,
    BACKWARD: FORWARD,
    FORWARD_NEARNESS: BACKWARD_NEARNESS,
    BACKWARD_NEARNESS: FORWARD_NEARNESS,
}
_REVERSED = [0, *(1 + _SWAPPED.get(plane, plane) for plane in range(PLANES))]  # truth and planes, time reversed


class Fit:
    """One training run: networks, optimisers and the step it has reached."""

    def __init__(self, config: TrainingConfig, folder: Path, pool: Pool, validation: Pool) -> None:
        """Prepare; goes on from `folder` where a run of the same configuration was killed.

        Raises: InputError if the device, the compiler or a package that the configuration needs is not there.
        """
        if config.device == "cuda" and not torch.cuda.is_available():
            raise bad_input("device = 'cuda'", "no CUDA device was found", "Use device = 'cpu'")
        if config.compile and shutil.which("c++") is None and shutil.which("g++") is None:
            raise bad_input("compile = true", "no C++ compiler was found", "Install g++, or set compile = false")
        self.config, self.pool, self.validation = config, pool, validation
        self.device = torch.device(config.device)
        torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.model = TwoStage(config.design).to(self.device)
        self.groups = _groups(self.model)
        self.average = copy.deepcopy(self.model).eval()
        self.modules: dict[str, nn.Module] = {"model": self.model, "average": self.average}
        self.optimisers: dict[str, torch.optim.Optimizer] = {"adam": _adam(self.model, config.learning_rate)}
        self.adversary: PatchDiscriminator | None = None
        if config.losses.adversarial or config.losses.matching:
            self.adversary = PatchDiscriminator().to(self.device)
            self.modules["adversary"] = self.adversary
            self.optimisers["adversary-adam"] = _adam(self.adversary, 4e-4, (0.5, 0.9))
        self.run: Callable[[Tensor], Output] = torch.compile(self.model) if config.compile else self.model
        self.structure = StructureLoss(config.crop, self.device)
        self.features = self._features() if config.losses.perceptual else None
        key = digest({"version": VERSION, **config.model_dump(mode="json")})[:12]
        self.state = folder / f"{config.name}.{key}.unfinished.safetensors"
        self.step = restore_state(self.state, self.modules, self.optimisers)
        self.diary = Diary(folder, config.name, self.step, config.tensorboard)

    def finish(self, progress: Progress) -> TwoStage:
        """Run the remaining steps; returns the averaged network."""
        config, note = self.config, "resumed" if self.step else ""
        while self.step < config.steps:
            self.diary.add(self._one_step())
            self.step += 1
            last = self.step == config.steps
            if self.step % EVERY == 0 or last:
                note = self.diary.write(self.step, self._validate() if self.step % LOOK_EVERY == 0 or last else None)
            if self.step % LOOK_EVERY == 0 or last:
                self._show()
            if self.step % SAVE_EVERY == 0 and not last:
                save_state(self.state, self.step, self.modules, self.optimisers)
            progress("training", self.step, config.steps, note)
        return self.average

    def spread_scale(self) -> float | None:
        """Mean absolute error over mean predicted error in the masks of the validation pool; None without one."""
        error, predicted, _ = self._validation_sums()
        return error / predicted if predicted else None

    def clean_up(self) -> None:
        """Remove the state of a run that is finished."""
        self.state.unlink(missing_ok=True)

    def _one_step(self) -> Terms:
        rng = np.random.default_rng((self.config.seed, 11, self.step))
        truth, planes = self._batch(self.pool, rng.choice(len(self.pool), self.config.batch, replace=False), rng)
        rate = _rate(self.step, self.config)
        mask = planes[:, MASK : MASK + 1]
        with self._precision():
            made = self.run(planes)
        made = Output(*(plane.float() for plane in made))
        terms = picture_losses(made, truth, mask, self.config.losses, self.structure, self.features)
        terms |= self._adversarial(made, truth, mask)
        optimiser = self.optimisers["adam"]
        _descend(optimiser, torch.stack(list(terms.values())).sum(), self.groups, rate)
        with torch.no_grad():
            weight = 1 - min(_EMA, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), weight)
        return terms

    def _features(self) -> Distance:
        """The perceptual distance, in the precision of the training and compiled like it."""
        found = perceptual_distance(self.config.losses.features, self.device)
        distance: Distance = torch.compile(found) if self.config.compile else found

        def measured(x: Tensor, y: Tensor) -> Tensor:
            with self._precision():
                return distance(x, y)

        return measured

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.precision == "bfloat16")

    def _adversarial(self, made: Output, truth: Tensor, mask: Tensor) -> Terms:
        """The adversary's step, and, once it has learnt a little, what the generator loses to it."""
        losses, share = self.config.losses, self.step / self.config.steps
        if self.adversary is None or share < losses.adversarial_from:
            return {}
        real, fake = pairs_of(truth, mask), pairs_of(made.refined, mask)
        loss = adversary_loss(self.adversary, real, fake)
        _descend(self.optimisers["adversary-adam"], loss, [list(self.adversary.parameters())], None)
        if share < losses.adversarial_from + _PRETRAINED:
            return {}
        deceived, matched = deception_losses(self.adversary, real, fake)
        return {"adversarial": losses.adversarial * deceived, "matching": losses.matching * matched}

    def _batch(self, pool: Pool, index: NDArray[np.int64], rng: np.random.Generator | None) -> tuple[Tensor, Tensor]:
        """Truth (2N, 1, H, W) and planes (2N, 10, H, W) in 0..1; frames 2i and 2i + 1 follow each other.

        With a generator, each pair is mirrored, turned upside down, reversed in time, and changed in gain and contrast,
        at random: few subjects have to stand for many.
        """
        pairs = pool.take(np.sort(index))
        if rng is not None:
            for at, (sideways, over, back) in enumerate(rng.random((len(pairs), 3)) < 0.5):
                pair = pairs[at][::-1][:, _REVERSED] if back else pairs[at]
                pairs[at] = pair[..., :: -1 if over else 1, :: -1 if sideways else 1].copy()
        both = torch.from_numpy(pairs).to(self.device).float().div_(255)
        if rng is not None:
            gain, gamma = (
                torch.from_numpy(rng.uniform(low, high, (len(both), 1, 1, 1, 1)).astype(np.float32)).to(self.device)
                for low, high in (_GAIN, _GAMMA)
            )
            grey = [0, *(1 + plane for plane in _GREY)]
            both[:, :, grey] = (both[:, :, grey].pow(gamma) * gain).clamp_(max=1)
        frames = both.flatten(0, 1)
        return frames[:, :1].contiguous(), frames[:, 1:].contiguous()

    @torch.no_grad()
    def _validation_sums(self) -> tuple[float, float, float]:
        """Absolute error and predicted error of the averaged network, summed over masked pixels; and their number."""
        pool, sums = self.validation, torch.zeros(3, dtype=torch.float64)
        chosen = np.unique(np.linspace(0, len(pool) - 1, min(_VALIDATED, len(pool))).round().astype(np.int64))
        for start in range(0, len(chosen), self.config.batch):
            truth, planes = self._batch(pool, chosen[start : start + self.config.batch], None)
            mask = planes[:, MASK : MASK + 1]
            with self._precision():
                made = self.average(planes)
            error, spread = (made.refined.float() - truth).abs(), made.spread.float()
            sums += torch.stack([(error * mask).sum(), (spread * mask).sum(), mask.sum()]).cpu()
        return float(sums[0]), float(sums[1]), float(sums[2])

    def _validate(self) -> float | None:
        """Mean absolute error of the averaged network in the masks of the validation pool [grey levels]."""
        error, _, pixels = self._validation_sums()
        return 255 * error / pixels if pixels else None

    @torch.no_grad()
    def _show(self) -> None:
        pool = self.validation if len(self.validation) else self.pool
        truth, planes = self._batch(pool, np.linspace(0, len(pool) - 1, SAMPLES).astype(np.int64), None)
        self.diary.picture(planes[::2], Output(*(plane[::2] for plane in self.average(planes))), truth[::2])


def _groups(model: TwoStage) -> list[list[nn.Parameter]]:
    """Parameters that make the picture, and those that make its uncertainty: each clipped by their own norm."""
    doubt = list(model.refine.doubt.parameters())
    held = {id(parameter) for parameter in doubt}
    return [[p for p in model.parameters() if id(p) not in held], doubt]


def _adam(module: nn.Module, rate: float, betas: tuple[float, float] = (0.9, 0.999)) -> torch.optim.AdamW:
    return torch.optim.AdamW(module.parameters(), rate, betas, weight_decay=1e-2)


def _descend(
    optimiser: torch.optim.Optimizer, loss: Tensor, groups: Iterable[list[nn.Parameter]], rate: float | None
) -> None:
    if rate is not None:
        for group in optimiser.param_groups:
            group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    for parameters in groups:
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimiser.step()


def _rate(step: int, config: TrainingConfig) -> float:
    """Learning rate: linear rise, then half a cosine to a hundredth."""
    warm = max(1, round(_WARM_UP * config.steps))
    if step < warm:
        return config.learning_rate * (step + 1) / warm
    done = (step - warm) / max(1, config.steps - warm)
    return config.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
