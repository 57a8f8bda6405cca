"""A DICOM file opened so that its header cannot make us read or allocate more than there is."""

import io
import os
import tempfile
import zlib
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom import uid
from pydicom.dataset import Dataset

from translator.errors import bad_input

_LARGEST_INFLATED = 1 << 29  # bytes; a deflated file is inflated as a whole, into a temporary file


def opened(path: Path) -> BinaryIO:
    """The file, or a temporary one in Explicit VR Little Endian if it is deflated.

    Raises: InputError if it inflates to more than half a gigabyte.
    """
    with path.open("rb") as file:
        prefixed = file.read(132)[128:] == b"DICM"
    if prefixed:
        meta = pydicom.filereader.read_file_meta_info(path)
        if meta.get("TransferSyntaxUID") == uid.DeflatedExplicitVRLittleEndian:
            return _inflated(path, meta)
    return _Bounded(path.open("rb", buffering=0))


class _Bounded(io.BufferedReader):
    """A file whose read() never asks for more than is left: a header's lengths are not to be believed."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > 1 << 16:
            size = min(size, max(os.fstat(self.fileno()).st_size - self.tell(), 0))
        return super().read(size)


def _inflated(path: Path, meta: Dataset) -> BinaryIO:
    inflate, written = zlib.decompressobj(-zlib.MAX_WBITS), 0
    made = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    try:
        with path.open("rb") as file:
            file.seek(144 + int(meta.FileMetaInformationGroupLength))  # preamble, prefix, the length's own element
            plain = pydicom.dataset.FileMetaDataset(meta)
            plain.TransferSyntaxUID = uid.ExplicitVRLittleEndian
            made.write(b"\0" * 128 + b"DICM")
            pydicom.filewriter.write_file_meta_info(pydicom.filebase.DicomFileLike(made), plain, True)
            while chunk := file.read(1 << 16):
                data = inflate.decompress(chunk)
                written += len(data)
                if written > _LARGEST_INFLATED:
                    limit = f"{_LARGEST_INFLATED / 1e9:.1f} GB"
                    raise bad_input(path, f"is deflated and holds more than {limit}", "Export it uncompressed")
                made.write(data)
        made.seek(0)
    except BaseException:
        made.close()
        raise
    return made
