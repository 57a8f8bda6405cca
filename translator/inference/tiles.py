"""Run an engine on large pictures in overlapping tiles, so that memory does not grow with the picture.

A tile is read with a margin as wide as the network can see, and only what lies inside the margin is kept: there are
no seams, and the picture is the one that the network makes of the whole, but for the order in which sums are taken.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from translator.fill.evidence import MASK, PLANES
from translator.inference.heads import Engine, Prediction, Values

WHOLE_PIXELS = 1 << 20  # pictures up to this size are run in one piece, larger ones in tiles of at most this size
_STEP = 8  # tiles begin where the network's coarsest grid has a point
_PROBE = 64  # side of the picture that `reach` is measured on


class Tile(NamedTuple):
    """What is read, and what of it is kept: rows and columns of the whole, and the same within what is read."""

    read: tuple[slice, slice]
    keep: tuple[slice, slice]
    inner: tuple[slice, slice]


def predict(engine: Engine, planes: Values, margin: int | None, whole_pixels: int = WHOLE_PIXELS) -> Prediction:
    """Planes (N, PLANES, H, W) to a Prediction; in tiles if a picture has more than `whole_pixels`.

    `margin` is what `reach` says; with None, pictures of any size are run in one piece. Tiles in which nothing is
    hidden keep the visible values.
    """
    height, width = planes.shape[2:]
    if margin is None or height * width <= whole_pixels:
        return engine.run(planes)
    refined = np.array(planes[:, :1])  # the visible values: what no tile writes
    spread: Values | None = None
    for tile in tiles(height, width, margin, whole_pixels):
        if not planes[:, MASK, *tile.keep].any():
            continue
        made = engine.run(planes[:, :, *tile.read])
        refined[:, :, *tile.keep] = made.refined[:, :, *tile.inner]
        if made.spread is not None:
            spread = np.zeros_like(refined) if spread is None else spread
            spread[:, :, *tile.keep] = made.spread[:, :, *tile.inner]
    return Prediction(refined, spread)


def tiles(height: int, width: int, margin: int, whole_pixels: int) -> Iterator[Tile]:
    """Tiles that cover height x width once; each reads at most `whole_pixels`, if the margins leave room for that."""
    side = max(int(whole_pixels**0.5) - 2 * margin, margin) // _STEP * _STEP
    for top in range(0, height, side):
        for left in range(0, width, side):
            keep = slice(top, min(top + side, height)), slice(left, min(left + side, width))
            read = _widened(keep[0], margin, height), _widened(keep[1], margin, width)
            inner = _within(keep[0], read[0]), _within(keep[1], read[1])
            yield Tile(read, keep, inner)


def reach(network: nn.Module) -> int | None:
    """How far [pixels] an output pixel can see, rounded up to a multiple of 8; None if that is not limited.

    The sum over all convolutions of what each adds, in pixels of the picture: never too little for a network whose
    only layers with weights are convolutions. Any other layer with weights counts as without limit.
    """
    radius = 0.0

    def add(layer: nn.Module, given: tuple[Any, ...], _: object) -> None:
        nonlocal radius
        if not isinstance(layer, nn.Conv2d):
            raise _UnlimitedError
        scale = _PROBE / given[0].shape[-1]
        radius += scale * max(d * (k // 2) for d, k in zip(layer.dilation, layer.kernel_size, strict=True))

    layers = [layer for layer in network.modules() if any(True for _ in layer.parameters(recurse=False))]
    hooks = [layer.register_forward_hook(add) for layer in layers]
    try:
        with torch.inference_mode():
            network(torch.zeros(1, PLANES, _PROBE, _PROBE, device=next(network.parameters()).device))
    except _UnlimitedError:
        return None
    finally:
        for hook in hooks:
            hook.remove()
    return int(-(-(radius + _STEP - 1) // _STEP)) * _STEP  # a pixel may sit anywhere in its 8 x 8 block


class _UnlimitedError(Exception):
    """A layer can see everywhere."""


def _widened(kept: slice, margin: int, end: int) -> slice:
    return slice(max(0, kept.start - margin), min(end, kept.stop + margin))


def _within(kept: slice, read: slice) -> slice:
    return slice(kept.start - read.start, kept.stop - read.start)
