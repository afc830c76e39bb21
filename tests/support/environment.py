"""A fresh virtual environment with what a requirements file asks for, and nothing else that is installed here."""

import importlib.metadata
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def fresh_environment(folder: Path, requirements: Path) -> Path:
    """Make the environment; returns its Python. The suite has no network: packages are linked, not downloaded."""
    venv.create(folder, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    lines = (line.partition("#")[0].strip() for line in requirements.read_text().splitlines())
    for package in _with_all_they_need([Requirement(line) for line in lines if line]):
        for name in {file.parts[0] for file in package.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            source, link = Path(package.locate_file(name)), site / name
            if source.exists() and not link.exists():
                link.symlink_to(source)
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def _with_all_they_need(wanted: list[Requirement]) -> Iterator[importlib.metadata.Distribution]:
    """The installed packages that requirements name, and those that these need."""
    done, seen = set(), set()
    while wanted:
        requirement = wanted.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in done:
            continue
        done.add((name, extras))
        package = importlib.metadata.distribution(name)
        assert requirement.specifier.contains(package.version, prereleases=True), f"{package.version} for {requirement}"
        for needed in map(Requirement, package.requires or []):
            marker = needed.marker
            if not marker or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                wanted.append(needed)
        if name not in seen:
            seen.add(name)
            yield package
