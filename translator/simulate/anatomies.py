"""All anatomies by name, and the groups that a data set can ask for."""

from typing import Literal

from translator.simulate.anatomy import Anatomy
from translator.simulate.carotid import CAROTID
from translator.simulate.fetal import FETAL_HEAD, FETAL_HEART
from translator.simulate.heart import A2C, A4C
from translator.simulate.kidney import KIDNEY
from translator.simulate.liver import LIVER
from translator.simulate.lung import LUNG
from translator.simulate.parasternal import PLAX, PSAX

ANATOMIES: dict[str, Anatomy] = {
    anatomy.name: anatomy for anatomy in (A4C, A2C, PLAX, PSAX, FETAL_HEART, KIDNEY, CAROTID, LUNG, FETAL_HEAD, LIVER)
}

Choice = Literal[
    "heart", "organs", "both", "all",
    "a4c", "a2c", "plax", "psax", "fetal-heart", "kidney", "carotid", "lung", "fetal-head", "liver",
]  # fmt: skip
GROUPS: dict[str, tuple[str, ...]] = {
    "heart": ("a4c", "a2c", "plax", "psax"),
    "organs": ("kidney", "carotid", "lung", "fetal-head", "liver"),
    "both": ("a4c", "a4c", "a4c", "kidney"),  # subjects take turns
    "all": tuple(ANATOMIES),
    **{name: (name,) for name in ANATOMIES},
}
