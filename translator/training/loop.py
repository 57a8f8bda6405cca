"""Train a two-stage generator: build the pool, run the loop, write weights and card.

Seeded: the same configuration on the same machine, versions and thread count gives the same weights.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from translator.artefacts import Store, digest, file_digest
from translator.card import ModelCard, TrainingSource
from translator.clips.digest import clip_digest
from translator.clips.manifest import Manifest
from translator.errors import bad_input
from translator.fill.evidence import MASK
from translator.fill.evidence import VERSION as EVIDENCE_VERSION
from translator.networks.two_stage import PRESETS, TwoStage
from translator.training import pairs
from translator.training.config import TrainingConfig
from translator.training.losses import StructureLoss, translation_loss

Progress = Callable[[str, int, int, str], None]
_EMA = 0.998


def train(
    config: TrainingConfig, manifest: Manifest | None, out: Path, store: Store, progress: Progress, command: str
) -> Path:
    """Train and write `out/NAME.safetensors` and `out/NAME.card.json`; returns the weights' path.

    progress(stage, done, total, note) is called as the work goes on; `command` goes into the card.
    """
    files = {} if manifest is None else _training_files(manifest)
    jobs = pairs.plan_jobs(config, manifest)
    frames = sum(job.count for job in jobs) * config.kept_frames
    if frames < config.batch:
        what = f"{frames} training frames for batches of {config.batch}"
        raise bad_input(f"training of {config.name!r}", what, "Give more clips or phantoms, or a smaller batch")

    def build(folder: Path) -> None:
        pairs.build_pool(folder / "pool.npy", jobs, config, lambda i, n: progress("clips", i, n, ""))

    params = config.model_dump(exclude={"steps", "batch", "learning_rate", "name", "summary", "preset"})
    params |= {"subjects": sorted((e.subject_id, e.clip_id) for e in manifest.entries) if manifest else []}
    folder = store.make("training-pool", pairs.VERSION, {**params, **pairs.DEPENDS_ON}, files, build)
    pool = np.load(folder / "pool.npy", mmap_mode="r")
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = _fit(TwoStage(PRESETS[config.preset]), pool, config, progress)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{config.name}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path)
    path.chmod(0o644)  # safetensors makes it private
    card = _card(config, manifest, files, path, command)
    text = json.dumps(card.model_dump(), indent=2, ensure_ascii=False)
    path.with_name(f"{config.name}.card.json").write_text(text + "\n", encoding="utf-8")
    return path


def _fit(model: TwoStage, pool: np.ndarray, config: TrainingConfig, progress: Progress) -> TwoStage:
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.steps, pct_start=0.05
    )
    structure = StructureLoss(config.crop)
    rng = np.random.default_rng(config.seed)
    smooth = 0.0
    for step in range(config.steps):
        truth, planes = _batch(pool, np.sort(rng.choice(len(pool), config.batch, replace=False)), rng)
        coarse, refined = model(planes)
        loss = translation_loss(coarse, refined, truth, planes[:, MASK : MASK + 1], structure)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        with torch.no_grad():
            weight = min(_EMA, (1 + step) / (10 + step))
            for kept, new in zip(average.parameters(), model.parameters(), strict=True):
                kept.lerp_(new, 1 - weight)
        smooth = loss.item() if step == 0 else 0.98 * smooth + 0.02 * loss.item()
        progress("training", step + 1, config.steps, f"loss {smooth:.4f}")
    return average.eval()


def _batch(pool: np.ndarray, index: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Truth (N, 1, H, W) and planes (N, 9, H, W) in 0..1, flipped left to right at random."""
    frames = np.asarray(pool[index])
    if rng.random() < 0.5:
        frames = frames[..., ::-1]
    both = torch.from_numpy(np.ascontiguousarray(frames)).float().div_(255)
    return both[:, :1], both[:, 1:].contiguous(memory_format=torch.channels_last)


def _training_files(manifest: Manifest) -> dict[str, str]:
    found = {}
    for entry in manifest.where(split="train").entries:
        file = manifest.file(entry, "greyscale")
        if file is not None:
            found[entry.clip_id] = clip_digest(file)
    return found


def _card(
    config: TrainingConfig, manifest: Manifest | None, files: dict[str, str], path: Path, command: str
) -> ModelCard:
    sources = []
    entries = [] if manifest is None else [entry for entry in manifest.entries if entry.clip_id in files]
    for licence in sorted({entry.licence or "not stated" for entry in entries}):
        chosen = [entry for entry in entries if (entry.licence or "not stated") == licence]
        sources.append(
            TrainingSource(
                name="real B-mode clips",
                licence=licence,
                clips=sorted(entry.clip_id for entry in chosen),
                subjects=sorted({entry.subject_id for entry in chosen}),
                file_sha256=sorted(files[entry.clip_id] for entry in chosen),
            )
        )
    if config.phantom_subjects:
        names = [f"phantom-{config.phantom_seed}-{index:04d}" for index in range(config.phantom_subjects)]
        sources.append(
            TrainingSource(name="simulated hearts (A4C, A2C, PLAX, PSAX)", licence="Apache-2.0", subjects=names)
        )
    return ModelCard(
        name=config.name,
        summary=config.summary,
        preset=config.preset,
        weights_sha256=file_digest(path),
        evidence_version=EVIDENCE_VERSION,
        training_sources=sources,
        training_command=command,
        training_config_sha256=digest(config.model_dump()),
        seed=config.seed,
        steps=config.steps,
        losses="L1 and 1 - SSIM inside the mask, both stages; no adversarial and no perceptual loss",
        limits=[
            "What was never visible in a clip is invented; it is smoother than real speckle.",
            "Flow was simulated in training; real colour Doppler has no greyscale truth to train on.",
            "Research use only; not a medical device.",
        ],
    )
