"""Design of a generator: its size and its ablation switches. Configuration and card share it; works without torch."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

Source = Literal["prior", "neighbours", "match"]


class Preset(NamedTuple):
    """Widths of the two networks, and layers of the refining one."""

    coarse: int
    deep: int
    refine: int
    refine_layers: int


PRESETS = {"micro": Preset(8, 12, 8, 2), "tiny": Preset(40, 72, 32, 6), "base": Preset(80, 144, 64, 8)}


class Design(BaseModel):
    """What the networks are made of; every switch takes one part away, so that its worth can be measured.

    gated: gated convolutions, else plain ones with as many parameters. refine: the second network corrects the
    first one's picture. without: sources of temporal evidence that the networks do not see: the phase prior, the
    nearest values before and after, the likest frame. Without the prior, Telea's fill is the base.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: Literal["micro", "tiny", "base"] = "tiny"
    gated: bool = True
    refine: bool = True
    without: tuple[Source, ...] = ()

    @property
    def widths(self) -> Preset:
        """The preset's widths; plain convolutions get more channels, to have as many parameters as gated ones."""
        found = PRESETS[self.preset]
        if self.gated:
            return found
        coarse, deep, refine = (round(width * 2**0.5 / 4) * 4 for width in found[:3])
        return Preset(coarse, deep, refine, found.refine_layers)
