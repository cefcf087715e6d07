"""The optional dependencies (the extras in setup.cfg), and how to install one here."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import PackageNotFoundError, requires


def how_to_add(extra: str) -> str:
    """The command that installs an extra's packages for the Python that runs this.

    The packages are named one by one: `ircbot` on PyPI is another program.
    """
    try:
        wanted = requires("ircbot") or ()
    except PackageNotFoundError:  # a checkout that is not installed
        return f"python3 -m pip install '.[{extra}]' in ircbot's folder"
    packages = [
        one.partition(";")[0].strip()
        for one in wanted
        if f"extra == '{extra}'" in one.replace('"', "'")
    ]
    return shlex.join([sys.executable, "-m", "pip", "install", *packages])
