"""The suite's own validation: the pages that show how right its methods are, copied from its documentation."""

from importlib.resources import files
from pathlib import Path

PAGES = {
    "statistics.md": "how often intervals and tests do what they say",
    "flow-mask.md": "how right sector, flow mask and outline are",
    "phantom.md": "how near simulated clips come to real ones",
    "generator.md": "the shipped generator on trial",
    "deidentification.md": "what is removed from what is handed on, and what is not",
}


def validation_files() -> tuple[dict[str, bytes], list[str]]:
    """`validation/PAGE` of each page that this installation has, and the names of those that it has not.

    A wheel carries the pages beside this module; a checkout has them in `docs`.
    """
    here = Path(str(files("reports.packet")))
    places = (here / "validation_pages", here.parents[1] / "docs")
    found: dict[str, bytes] = {}
    for page in PAGES:
        path = next((place / page for place in places if (place / page).is_file()), None)
        if path is not None:
            found[f"validation/{page}"] = path.read_bytes()
    return found, [page for page in PAGES if f"validation/{page}" not in found]
