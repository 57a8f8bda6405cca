"""Train a two-stage generator: build the pools, run the loop, write weights and card.

Seeded: the same configuration on the same machine, versions and thread count gives the same weights.
"""

from pathlib import Path

from safetensors.torch import save_file

from translator.artefacts import Store, digest, file_digest
from translator.card import ModelCard, TrainingSource, write_card
from translator.clips.digest import clip_digest
from translator.clips.manifest import Manifest
from translator.errors import bad_input
from translator.fill.evidence import VERSION as EVIDENCE_VERSION
from translator.simulate.anatomies import GROUPS
from translator.training import pairs
from translator.training.config import LossWeights, TrainingConfig
from translator.training.fit import Fit, Progress
from translator.training.pool import Pool


def train(
    config: TrainingConfig, manifest: Manifest | None, out: Path, store: Store, progress: Progress, command: str
) -> Path:
    """Train and write `out/NAME.safetensors` and `out/NAME.card.json`; returns the weights' path.

    progress(stage, done, total, note) is called as the work goes on; `command` goes into the card. A run that was
    killed goes on where its last state was saved in `out`.
    """

    def pool_of(stage: str, jobs: list[pairs.Job]) -> Pool:
        return pairs.make_pool(jobs, config, store, lambda done, total: progress(stage, done, total, ""))

    pool = pool_of("clips", pairs.plan_jobs(config, manifest))
    if len(pool) < config.batch:
        what = f"{len(pool)} training pairs of frames for batches of {config.batch}"
        raise bad_input(f"training of {config.name!r}", what, "Give more clips or phantoms, or a smaller batch")
    fit = Fit(config, out, pool, pool_of("validation clips", pairs.plan_validation(config, manifest)))
    model = fit.finish(progress)
    path = out / f"{config.name}.safetensors"
    save_file({name: tensor.cpu().contiguous() for name, tensor in model.state_dict().items()}, path)
    path.chmod(0o644)  # safetensors makes it private
    card = _card(config, manifest, _training_files(config, manifest), path, command)
    scale = fit.spread_scale() if config.spread_scale is None else config.spread_scale
    if scale is not None:
        measured = config.spread_from or "mean error over mean predicted error on the validation clips"
        card = card.model_copy(update={"spread_scale": scale, "spread_from": measured})
    write_card(path, card)
    fit.clean_up()
    return path


def _training_files(config: TrainingConfig, manifest: Manifest | None) -> dict[str, str]:
    """clip_id -> digest of every real clip that is trained on."""
    found = {}
    for entry in pairs.chosen_entries(config, manifest, config.splits):
        file = None if manifest is None else manifest.file(entry, "greyscale")
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
                anatomies=sorted({entry.anatomy for entry in chosen if entry.anatomy}),
                clips=sorted(entry.clip_id for entry in chosen),
                subjects=sorted({entry.subject_id for entry in chosen}),
                file_sha256=sorted(files[entry.clip_id] for entry in chosen),
            )
        )
    if config.phantom_subjects:
        names = [f"phantom-{config.phantom_seed}-{index:04d}" for index in range(config.phantom_subjects)]
        views = GROUPS[config.phantoms]
        sources.append(
            TrainingSource(
                name=f"simulated phantoms ({', '.join(dict.fromkeys(views))})",
                licence="Apache-2.0",
                anatomies=sorted(dict.fromkeys(f"phantom {view}" for view in views)),
                subjects=names,
            )
        )
    return ModelCard(
        name=config.name,
        summary=config.summary,
        design=config.design,
        weights_sha256=file_digest(path),
        evidence_version=EVIDENCE_VERSION,
        training_sources=sources,
        training_command=command,
        training_config_sha256=digest(config.model_dump(mode="json")),
        manifest_sha256=None if manifest is None else digest([entry.model_dump(mode="json") for entry in entries]),
        seed=config.seed,
        steps=config.steps,
        losses=_losses(config.losses),
        limits=[
            "What was never visible in a clip is invented; the evidence map shows where.",
            "Flow was simulated in training; real colour Doppler has no greyscale truth to train on.",
            "Research use only; not a medical device.",
        ],
    )


def _losses(weights: LossWeights) -> str:
    adversarial = weights.adversarial or weights.matching
    terms = weights.model_dump(exclude=set() if adversarial else {"adversarial_from"})
    used = [f"{name} {value:g}" for name, value in terms.items() if isinstance(value, float) and value]
    return ", ".join(used) + (f"; features {weights.features}" if weights.perceptual else "")
