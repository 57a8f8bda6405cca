"""What a user may hand to a generator: clips, or arrays; with a mask, or without."""

import numpy as np
from numpy.typing import NDArray

from translator.clips.clip import Clip, Mask, mask_clip
from translator.errors import bad_input
from translator.regions.flow import hidden_mask_clip
from translator.regions.screen import find_regions


def as_clips(clip: Clip | NDArray[np.uint8], mask: Clip | Mask | None) -> tuple[Clip, Clip]:
    """Clip and mask clip. A clip may be uint8 (T, H, W, 3) or (T, H, W), a mask bool (T, H, W), True where hidden.

    Without a mask, what flow and the outline of its box hide is found from the pixels; that streams the clip once.
    Raises: InputError if an array has another type or shape, or the sizes of clip and mask differ.
    """
    whole = clip if isinstance(clip, Clip) else Clip.from_array(clip)
    if mask is None:
        return whole, hidden_mask_clip(whole, find_regions(whole))
    if isinstance(mask, Clip):
        hidden = mask
    elif mask.dtype != np.bool_ or mask.ndim != 3:
        raise bad_input("mask", f"is {mask.dtype} of shape {mask.shape}", "Give bool of shape (T, H, W)")
    else:
        found, wanted = mask.shape, whole.header.shape[:3]
        if found != wanted:
            raise bad_input("mask", f"has (T, H, W) = {found}, the clip has {wanted}", "Give one mask for each frame")
        hidden = mask_clip(mask, whole)
    if hidden.header.shape != whole.header.shape[:3]:
        what = f"has (T, H, W) = {hidden.header.shape}, the clip has {whole.header.shape[:3]}"
        raise bad_input(hidden.header.source, what, "Give a grey mask with the clip's frames and size")
    return whole, hidden
