"""Two runs can be compared only if nothing differs but the generator: what does is named."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evalkit.gate.margins import Endpoint
from evalkit.seal import Run
from translator.errors import Fault, InputError

Some = Callable[[Sequence[str]], str]
_SHOWN = 3
_ENGINE = ("engine", "precision", "device", "threads")


def refuse_incomparable(
    baseline: Run, candidate: Run, arms: tuple[str, str], endpoints: Sequence[Endpoint], real_ids: bool = True
) -> None:
    """Raises: InputError naming every difference: clips, pairing, metric versions, weights, regions, engine.

    Clips are named if `real_ids`, else counted: runs of other clips have no pseudonyms in common.
    """
    some = _some if real_ids else _hidden
    faults = [Fault("gate", what, remedy) for what, remedy in _differences(baseline, candidate, arms, endpoints, some)]
    if faults:
        raise InputError(faults)


def _differences(
    baseline: Run, candidate: Run, arms: tuple[str, str], endpoints: Sequence[Endpoint], some: Some
) -> Iterator[tuple[str, str]]:
    old, new = baseline.plan, candidate.plan
    for run, arm in ((baseline, arms[0]), (candidate, arms[1])):
        known = list(run.plan["arms"])
        if arm not in known:
            yield f"{run.folder} has no arm {arm!r}: it has {', '.join(known)}", "Give --arm NAME, or OLD=NEW"
    yield from _of_clips(old, new, some)
    for key, what in (("regions", "how regions are found"), ("weights", "weights of metrics"),
                      ("task_outputs", "what tasks declare"), ("tasks", "the tasks")):  # fmt: skip
        if old.get(key) != new.get(key):
            yield f"{what} differ: {_place(old.get(key), new.get(key))}", "Run both with the same version and weights"
    signatures = [{text.split("|")[0]: text for text in plan["metrics"]} for plan in (old, new)]
    for name in sorted({endpoint.metric for endpoint in endpoints} - set(old.get("task_outputs", {}))):
        found = [each.get(name) for each in signatures]
        if None in found:
            yield f"metric {name} is not in {'both runs' if found == [None, None] else 'one of the runs'}", "Measure it"
        elif found[0] != found[1]:
            yield f"metric {name} was {found[0]}, is {found[1]}", "Run the baseline again with the present version"
    engines = [
        _engine(plan["arms"].get(arm, {}).get("identity", {})) for plan, arm in zip((old, new), arms, strict=True)
    ]
    if all(engines) and engines[0] != engines[1]:  # what needs no network has no engine
        yield f"the engine differs: {_place(*engines)}", "Run both on one engine with as many threads"


def _of_clips(old: Mapping[str, Any], new: Mapping[str, Any], some: Some) -> Iterator[tuple[str, str]]:
    remedy = "Run both studies on one manifest and split"
    clips = [{clip["clip_id"]: clip for clip in plan["clips"]} for plan in (old, new)]
    for here, there, word in ((0, 1, "baseline"), (1, 0, "candidate")):
        alone = sorted(clips[here].keys() - clips[there].keys())
        if alone:
            yield f"{len(alone)} clips are in the {word} alone: {some(alone)}", remedy
    both = sorted(clips[0].keys() & clips[1].keys())
    for column in ("subject_id", "pairing"):
        other = [name for name in both if clips[0][name][column] != clips[1][name][column]]
        if other:
            yield f"{column} differs for {len(other)} clips: {some(other)}", remedy
    changed = [name for name in both if old["inputs"][name] != new["inputs"][name]]
    if changed:
        yield f"the files of {len(changed)} clips differ: {some(changed)}", remedy
    populations = [plan["study"].get("population") for plan in (old, new)]
    if populations[0] != populations[1]:
        yield f"the population was {populations[0]}, is {populations[1]}", remedy


def _engine(identity: Mapping[str, Any]) -> dict[str, Any]:
    inner = identity.get("engine")
    found = inner if isinstance(inner, Mapping) else identity
    return {key: found[key] for key in _ENGINE if key in found}


def _hidden(_: Sequence[str]) -> str:
    return "--real-ids names them"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _place(old: Any, new: Any) -> str:
    """The keys in which two mappings differ."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return f"was {str(old)[:60]}, is {str(new)[:60]}"
    keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return ", ".join(f"{key} was {str(old.get(key))[:40]}, is {str(new.get(key))[:40]}" for key in keys[:_SHOWN])
