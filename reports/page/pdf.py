"""A page as PDF by a browser that is on this machine: Chromium, Chrome or Edge, without a window or a network."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from translator.errors import InputError, bad_input

NAMED_BY = "SONOPROOF_BROWSER"
SECONDS = 300  # a page may hold 25 MB
_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
             "microsoft-edge", "microsoft-edge-stable")  # fmt: skip
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
)
_OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


def find_browser() -> Path | None:
    """The program that SONOPROOF_BROWSER names, or the first that is installed, or None.

    Raises: InputError if SONOPROOF_BROWSER names what is not there.
    """
    named = os.environ.get(NAMED_BY)
    if named:
        found = shutil.which(named)
        if found is None:
            raise bad_input(NAMED_BY, f"names {named}, which is no program", "Correct it, or unset it")
        return Path(found)
    places = (shutil.which(command) for command in (*_COMMANDS, *_PLACES))
    return next((Path(place) for place in places if place is not None), None)


def write_pdf(page: Path, target: Path, seconds: float = SECONDS) -> Path:
    """Print a page to `target`; videos are stills there.

    Raises: InputError if there is no browser, or it fails, or takes longer than `seconds`.
    """
    browser = find_browser()
    if browser is None:
        remedy = f"Install one, name one in {NAMED_BY}, or open the page in any browser and print it"
        raise bad_input("--pdf", "no Chromium, Chrome or Edge was found", remedy)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "page.pdf"
        # a browser's sandbox cannot be set up by root; for anybody else it stays
        sandbox = ["--no-sandbox"] if sys.platform != "win32" and os.geteuid() == 0 else []
        said = _run([str(browser), *_OPTIONS, *sandbox, f"--user-data-dir={Path(folder) / 'profile'}",
                     f"--print-to-pdf={made}", page.resolve().as_uri()], seconds, browser)  # fmt: skip
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF-"):
            last = said.strip().splitlines()[-1:] or ["it said nothing"]
            raise _failed(browser, f"wrote no PDF ({last[0][:200]})")
        partial = target.with_name(f".partial-{target.name}")
        shutil.copyfile(made, partial)
    return partial.replace(target)


def _run(command: list[str], seconds: float, browser: Path) -> str:
    """What it said on standard error. It and all that it started are ended if it takes too long."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    try:
        process = subprocess.Popen(command, **options, start_new_session=sys.platform != "win32")  # type: ignore[call-overload]
    except OSError as error:
        raise _failed(browser, f"could not be started ({error.strerror})") from None
    try:
        return str(process.communicate(timeout=seconds)[1].decode(errors="replace"))
    except subprocess.TimeoutExpired:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise _failed(browser, f"took longer than {seconds:g} s") from None


def _failed(browser: Path, what: str) -> InputError:
    return bad_input(f"--pdf: {browser}", what, f"Name another browser in {NAMED_BY}, or print the page from one")
