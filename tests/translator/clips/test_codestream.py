"""The size that a compressed stream states, against what its encoder was given."""

import io

import jpeg_ls
import numpy as np
import pytest
from PIL import Image

from translator.clips.codestream import stated_size

FRAME = np.random.default_rng(0).integers(0, 256, (30, 41), dtype=np.uint8)


def _encoded(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(FRAME).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "stream",
    [
        _encoded("JPEG"),
        _encoded("JPEG", progressive=True, comment=b"\xff\xc0" * 40),
        _encoded("JPEG2000", no_jp2=True),
        _encoded("JPEG2000"),
        bytes(jpeg_ls.encode(FRAME)),
    ],
    ids=["jpeg", "progressive with a comment", "codestream", "jp2", "jpeg-ls"],
)
def test_the_stated_size_is_rows_then_columns(stream: bytes) -> None:
    assert stated_size(stream) == (30, 41)


@pytest.mark.parametrize("stream", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda" + b"\0" * 50, b"\1\2\3" * 30])
def test_a_stream_without_a_frame_header_states_none(stream: bytes) -> None:
    assert stated_size(stream) is None
