"""LPIPS, its map for regions, its shift-tolerant second opinion ST-LPIPS, and tLP; grey frames as three channels.

lpips[alex-v0.1]: of whole frames, averaged over frames: the number that papers print (Zhang et al. 2018,
doi:10.1109/CVPR.2018.00068).
lpips_map[alex-v0.1]: the map of it, averaged over a region. A pixel of it sees about 200 pixels around it, so that a
small region's value is also about what surrounds it.
stlpips[alex-vst0.0]: as lpips, with a network that a shift by a pixel changes little (Ghildyal and Liu 2022,
arXiv:2207.13686).
tlp[alex-v0.1]: |LPIPS(x_t-1, x_t) - LPIPS(y_t-1, y_t)|, averaged over t: whether the translation changes as much from
frame to frame as the real clip does (Chu et al. 2020, doi:10.1145/3386569.3392457, who print it times 100).

The networks judge pictures as people judge photographs; nothing says that they judge ultrasound. Features of a real
frame are computed once for all of these metrics and all arms.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from evalkit.metrics.accumulate import Map, clipwise, empty, framed
from evalkit.metrics.declare import Moment
from translator.weights import WeightsAbsentError

if TYPE_CHECKING:
    from evalkit.networks.lpips import Features, Perceptual

LIMIT = 10.0  # no weights put any pair of frames farther apart: see the test


class _Network(NamedTuple):
    """A key for what is kept of a frame, and the network; torch is loaded when it is first called.

    Features are let go after the step where no metric compares them with those of the next one.
    """

    key: str
    load: Callable[[str], "Perceptual"]
    passing: bool


def _lpips_alex(device: str) -> "Perceptual":
    from evalkit.networks.lpips import lpips_alex

    return lpips_alex(device)


def _stlpips_alex(device: str) -> "Perceptual":
    from evalkit.networks.lpips import stlpips_alex

    return stlpips_alex(device)


LPIPS_ALEX, STLPIPS_ALEX = _Network("lpips alex", _lpips_alex, False), _Network("stlpips alex", _stlpips_alex, True)


def frame_distance(network: _Network, moment: Moment) -> float | str:
    """Distance between the real frame and the translated one, or why there is none."""
    judge = _usable(network, moment)
    if isinstance(judge, str):
        return judge
    return judge.distance(*_features(network, judge, moment))[0]


def distance_map(network: _Network, moment: Moment) -> Map | str:
    """Distance at every pixel (H, W) of the frame, or why there is none."""
    judge = _usable(network, moment)
    if isinstance(judge, str):
        return judge
    height, width = moment.made.shape
    found: Map = judge.distance_map(*_features(network, judge, moment), (height, width))[0]
    return found


class _MapMean:
    """Mean of the map over the pixels of each region in all frames."""

    def __init__(self, network: _Network) -> None:
        self.network = network
        self.sums: dict[str, tuple[float, int]] = {}
        self.why = ""

    def add(self, moment: Moment, regions: Sequence[str]) -> None:
        """Add one frame."""
        found = distance_map(self.network, moment)
        if isinstance(found, str):
            self.why = found
            return
        for region in regions:
            total, count = self.sums.get(region, (0.0, 0))
            inside = found[moment.areas[region]]
            self.sums[region] = total + float(inside.sum()), count + inside.size

    def value(self, region: str) -> float | str:
        """The mean, or why there is none."""
        total, count = self.sums.get(region, (0.0, 0))
        if count and not self.why:
            return total / count
        return self.why or empty(region)


def change_difference(network: _Network, moment: Moment) -> float | str:
    """|distance between the real frame and the one before - the same of the translation|, or why there is none."""
    judge, before = _usable(network, moment), moment.before
    if isinstance(judge, str) or before is None:
        return judge if isinstance(judge, str) else "the first frame has none before it"
    (real_then, made_then), (real_now, made_now) = (_features(network, judge, at) for at in (before, moment))
    real = moment.of_real(f"change: {network.key}", lambda _: judge.distance(real_then, real_now)[0])
    made = moment.of_made(f"change: {network.key}", lambda _: judge.distance(made_then, made_now)[0])
    return abs(real - made)


def _features(network: _Network, judge: "Perceptual", moment: Moment) -> "tuple[Features, Features]":
    key = f"features: {network.key}"
    return (
        moment.of_real(key, lambda frame: judge.features(frame[None]), network.passing),
        moment.of_made(key, lambda frame: judge.features(frame[None]), network.passing),
    )


def _usable(network: _Network, moment: Moment) -> "Perceptual | str":
    """The network, or why this frame cannot be given to it."""
    try:
        judge = network.load(moment.device)
    except WeightsAbsentError as error:
        return str(error)
    height, width = moment.made.shape
    if min(height, width) < judge.smallest:
        return f"frames are {height} x {width}, the network needs {judge.smallest} pixels a side"
    return judge


LPIPS = framed(
    name="lpips[alex-v0.1]",
    value_of_frame=lambda moment, _: frame_distance(LPIPS_ALEX, moment),
    unit="1",
    higher_is_better=False,
    bounds=(0.0, LIMIT),
    version=1,
    source="doi:10.1109/CVPR.2018.00068",
    summary="LPIPS, AlexNet v0.1, grey as three channels, of whole frames",
    regions=("frame",),
    weights=("lpips-alex-v0.1",),
)
LPIPS_MAP = clipwise(
    name="lpips_map[alex-v0.1]",
    start=lambda: _MapMean(LPIPS_ALEX),
    unit="1",
    higher_is_better=False,
    bounds=(0.0, LIMIT),
    version=1,
    source="doi:10.1109/CVPR.2018.00068",
    summary="map of LPIPS (spatial), AlexNet v0.1, averaged over the region",
    weights=("lpips-alex-v0.1",),
)
STLPIPS = framed(
    name="stlpips[alex-vst0.0]",
    value_of_frame=lambda moment, _: frame_distance(STLPIPS_ALEX, moment),
    unit="1",
    higher_is_better=False,
    bounds=(0.0, LIMIT),
    version=1,
    source="arXiv:2207.13686",
    summary="shift-tolerant LPIPS, AlexNet vST0.0, grey as three channels, of whole frames",
    regions=("frame",),
    weights=("stlpips-alex-vst0.0",),
)
TLP = framed(
    name="tlp[alex-v0.1]",
    value_of_frame=lambda moment, _: change_difference(LPIPS_ALEX, moment),
    span=2,
    unit="1",
    higher_is_better=False,
    bounds=(0.0, LIMIT),
    version=1,
    source="doi:10.1145/3386569.3392457",
    summary="tLP: difference between the LPIPS changes from frame to frame, AlexNet v0.1",
    regions=("frame",),
    weights=("lpips-alex-v0.1",),
)
