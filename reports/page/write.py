"""Write the report of a run: one HTML file that needs nothing else and asks the network for nothing.

Clips and subjects stand in it under their pseudonyms (evalkit.pseudonyms) unless real ids are asked for.
"""

import shutil
from importlib.resources import files
from pathlib import Path

from evalkit.pseudonyms import Pseudonyms, read_pseudonyms, real_names
from evalkit.seal import Run
from reports.page.rendering import rendered, whole_page
from reports.page.section import Section
from reports.page.sections import AFTER_GALLERY, BEFORE_GALLERY, gallery
from reports.page.sections.missing import counted
from reports.page.view import View
from translator.artefacts import Store, digest, file_digest, installed_version

PAGE_BYTES = 25_000_000  # the gallery is thinned to keep a page below
SHELL_BYTES = 100_000  # style, script, lead and what surrounds sections
_PAGE = "report.html"
_SHAPED_BY = ("reports", "evalkit", "translator")
_SOURCES = frozenset({".py", ".j2", ".css", ".js", ".toml", ".json"})
_DRAWN_WITH = ("sonoproof", "jinja2", "markupsafe", "matplotlib", "opencv-python-headless")


def write_report(run: Run, path: Path | None = None, real_ids: bool = False) -> Path:
    """Write the page of a sealed run (default `RUN/report.html`).

    Raises: InputError if the run holds no key of pseudonyms and real ids are not asked for.
    """
    names = real_names(run.plan) if real_ids else read_pseudonyms(run.folder)
    return put(path or run.folder / _PAGE, page_of(run, names, real_ids))


def page_of(run: Run, names: Pseudonyms, real_ids: bool, limit: int = PAGE_BYTES) -> str:
    """The page as text, of at most about `limit` bytes as far as thinning the gallery can bring that about."""
    view = View.of(run, names, real_ids)
    before = [build(view) for build in BEFORE_GALLERY]
    after = [build(view) for build in AFTER_GALLERY]
    taken = sum(len(section.body.encode()) for section in (*before, *after) if section is not None)
    shown: list[Section | None] = [*before, gallery.section(view, limit - taken - SHELL_BYTES), *after]
    lead = rendered("lead.html.j2", study=view.study, flow=counted(view), claims=len(view.claims),
                    families=len({claim.family for claim in view.claims}), real_ids=real_ids)  # fmt: skip
    return whole_page(view.study["title"], lead, [section for section in shown if section is not None])


def put(target: Path, page: str) -> Path:
    """Write a page, whole or not at all."""
    partial = target.with_name(f".partial-{target.name}")
    partial.write_text(page, encoding="utf-8")
    return partial.replace(target)


def keep_report(run: Run, store: Store) -> Path:
    """`RUN/report.html` with pseudonyms, made unless the store has it; what was changed by hand is put right.

    The key is the run's seal and all that draws the page, so that another version draws it anew.
    """

    def build(folder: Path) -> None:
        write_report(run, folder / _PAGE)

    params = {"code": _code(), **{name: installed_version(name) for name in _DRAWN_WITH}}
    made = store.make("report", 1, params, {"seal": run.record["seal_sha256"]}, build) / _PAGE
    target = run.folder / _PAGE
    if not (target.is_file() and file_digest(target) == file_digest(made)):
        partial = target.with_name(f".partial-{_PAGE}")
        shutil.copyfile(made, partial)
        partial.replace(target)
    return target


def _code() -> str:
    """Digest of all code, templates and data that can shape the page: this package's and those that it draws on."""
    parts: dict[str, str] = {}
    for name in _SHAPED_BY:
        package = Path(str(files(name)))
        chosen = (path for path in package.rglob("*") if path.suffix in _SOURCES)
        parts |= {f"{name}/{path.relative_to(package).as_posix()}": file_digest(path) for path in chosen}
    return digest(parts)
