"""The house keeps its order: layers, imports, and the size of modules and folders. It parses and runs nothing."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# From the lowest to the highest: a module imports from its own layer and from those before it.
LAYERS = (
    ("stylegan.errors", "stylegan.malloc", "stylegan.builtin_styles", "stylegan.sample_photos", "stylegan.settings"),
    ("stylegan.temporary",),
    ("stylegan.decoding", "stylegan.interrupt"),
    ("stylegan.images",),
    ("stylegan.models",),
    ("stylegan.formats",),
    ("stylegan.remember", "stylegan.identify"),
    ("stylegan.training",),
    ("stylegan.hub",),
    ("stylegan.pipeline",),
    ("stylegan.evaluation",),
    ("stylegan.ablation",),
    ("stylegan",),  # the public face
    ("stylegan.cli", "stylegan.__main__"),
    ("studio", "studio.settings", "studio.theme"),
    ("studio.web",),
    ("studio.operation",),
    ("studio.styles",),
    ("studio.gallery",),
    ("studio.painting", "studio.wall"),
    ("studio.tabs",),
    ("studio.build", "studio.deploy"),
    ("studio.__main__",),
    ("app",),
)
MAX_LINES, MIN_LINES, MAX_FILES = 400, 20, 15
SHORT = {
    "app.py": "what a Space runs",
    "stylegan/__main__.py": "python -m stylegan",
    "tests/stylegan/training/conftest.py": "one fixture",
}
FULL = {
    "tests/stylegan/training": "a test file for each module of stylegan/training, and one for several processes",
}


@cache
def modules() -> dict[str, Path]:
    """Every module of the library and of the app, by its name."""
    files = [ROOT / "app.py", *(ROOT / "stylegan").rglob("*.py"), *(ROOT / "studio").rglob("*.py")]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def written() -> list[Path]:
    """Every Python file of the project."""
    folders = ("stylegan", "studio", "tests", "benchmarks")
    return [ROOT / "app.py", *(file for folder in folders for file in sorted((ROOT / folder).rglob("*.py")))]


def imported(file: Path) -> Iterator[str]:
    """What a file imports anywhere in it, functions included: lazy imports are arrows, too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports relatively"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in modules() else node.module


@cache
def arrows() -> dict[str, set[str]]:
    """The modules of the project that each of them imports."""
    return {name: {other for other in imported(file) if other in modules()} for name, file in modules().items()}


def layer(module: str) -> int:
    """The number of a module's layer: that of the longest name that it begins with."""
    found = {name: i for i, names in enumerate(LAYERS) for name in names if f"{module}.".startswith(f"{name}.")}
    return found[max(found, key=len)]


def test_no_module_imports_from_a_higher_layer():
    upward = {f"{a} -> {b}" for a, found in arrows().items() for b in found if layer(b) > layer(a)}
    assert not upward


def test_no_module_imports_itself_round_a_corner():
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way, module))
        if module not in done:
            for other in arrows()[module]:
                visit(other, (*way, module))
            done.add(module)

    for module in modules():
        visit(module, ())


@pytest.mark.parametrize("library", ["gradio", "studio", "app"])
def test_the_library_does_not_know_the_app(library: str):
    knows = [
        name
        for name, file in modules().items()
        if name.partition(".")[0] == "stylegan" and any(found.partition(".")[0] == library for found in imported(file))
    ]
    assert not knows


def test_no_module_is_too_long_or_too_short():
    sizes = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8").count("\n") for file in written()}
    assert not {name: lines for name, lines in sizes.items() if lines > MAX_LINES}
    short = {name for name, lines in sizes.items() if lines < MIN_LINES and not name.endswith("__init__.py")}
    assert short == SHORT.keys()


def test_no_folder_is_too_full():
    found = [file.parent.relative_to(ROOT).as_posix() for file in written() if file.name != "__init__.py"]
    assert {folder for folder in found if found.count(folder) > MAX_FILES} == FULL.keys()
