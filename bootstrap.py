"""Set up what a checkout needs, and run one of its tox environments. Needs Python 3.11 to 3.13, and nothing else.

    python3 bootstrap.py demo      set up; run the demo: demo/run/report.html
    python3 bootstrap.py tests     set up; run the tests
    python3 bootstrap.py NAME ...  any environment of tox.ini; what follows is handed to it

It makes .venv with uv and tox in it, once. This file keeps to syntax that old Pythons can read, so that they
can say that they are too old.
"""

from __future__ import print_function

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
OLDEST, NEWEST = (3, 11), (3, 13)
TOOLS = ("tox", "tox-uv", "uv")


def stop(message):
    sys.stderr.write("bootstrap: " + message + "\n")
    sys.exit(2)


def check_python():
    found = sys.version_info[:2]
    if not OLDEST <= found <= NEWEST:
        stop(
            "this is Python %d.%d (%s); Sonoproof needs 3.11, 3.12 or 3.13.\n"
            "Run it with one of those, for example: python3.12 bootstrap.py demo" % (found + (sys.executable,))
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop(
            "this Python (%s) comes without venv or ensurepip.\n"
            "On Debian and Ubuntu install python%d.%d-venv, or use a Python from python.org, pyenv or conda,"
            " which need no root." % ((sys.executable,) + found)
        )


def venv_python():
    return os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")


def marker():
    """What the tools in .venv were installed from; a change installs them again."""
    with open(os.path.join(ROOT, "constraints.txt")) as file:
        lines = [line.strip() for line in file]
    wanted = [line for line in lines if line.split("==")[0] in TOOLS]
    return "\n".join(["python %s" % sys.version.split()[0], sys.base_prefix] + wanted) + "\n"


def set_up():
    stamp = os.path.join(VENV, "bootstrap.stamp")
    wanted = marker()
    if os.path.exists(stamp) and os.path.exists(venv_python()):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    print("bootstrap: making .venv with tox and uv ...")
    sys.stdout.flush()
    import venv

    try:
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=os.name != "nt").create(VENV)
    except (subprocess.CalledProcessError, OSError) as error:
        stop("could not make %s: %s" % (VENV, error))
    install = [venv_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    code = subprocess.call(install + ["-c", os.path.join(ROOT, "constraints.txt")] + list(TOOLS))
    if code:
        stop("could not install tox and uv; is a package index reachable? (PIP_INDEX_URL and UV_DEFAULT_INDEX name your own)")
    with open(stamp, "w") as file:
        file.write(wanted)


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    check_python()
    set_up()
    command = [venv_python(), "-m", "tox", "run", "--root", ROOT, "-e", arguments[0]]
    if len(arguments) > 1:
        command += ["--"] + arguments[1:]
    environment = dict(os.environ)
    for name in ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS"):  # hospital networks have their own certificate authority
        environment.setdefault(name, "1")
    os.chdir(ROOT)
    return subprocess.call(command, env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
