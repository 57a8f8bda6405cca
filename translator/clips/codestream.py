"""The size that a compressed picture states of itself, read before a decoder allocates what it says.

Sources: ITU-T T.81 B.2.2 (JPEG), ITU-T T.87 C.2.2 (JPEG-LS), ITU-T T.800 A.5.1 (JPEG 2000).
"""

_FRAME_HEADERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7}
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_START_OF_SCAN, _END = 0xDA, 0xD9
_JPEG_2000 = b"\xff\x4f\xff\x51"  # start of codestream, then its size


def stated_size(stream: bytes) -> tuple[int, int] | None:
    """Rows and columns of a JPEG, JPEG-LS or JPEG 2000 stream; None where it states none."""
    at = stream.find(_JPEG_2000, 0, 1 << 12)
    if at >= 0 and len(stream) >= at + 24:
        right, bottom, left, top = (int.from_bytes(stream[i : i + 4], "big") for i in range(at + 8, at + 24, 4))
        return bottom - top, right - left
    return _jpeg_size(stream)


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(stream):
        if stream[at] != 0xFF:
            at += 1  # decoders skip what is between segments
            continue
        marker = stream[at + 1]
        if marker in _FRAME_HEADERS:
            return int.from_bytes(stream[at + 5 : at + 7], "big"), int.from_bytes(stream[at + 7 : at + 9], "big")
        if marker in (_START_OF_SCAN, _END):
            return None
        if marker in _ALONE or marker in (0x00, 0xFF):
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    return None
