"""What the documentation says is true: its commands run, its links lead somewhere, its names exist."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from stylegan.cli import cli
from tests.support.app import ROOT
from tests.support.pictures import synthetic_picture

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MAX_README = 120  # lines
PLACES = re.findall(r"^\|[^|]+\| .*?`(\w+)`.* in `([\w/]+\.py)` \|$", (ROOT / "docs/architecture.md").read_text(), re.M)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.S)


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pictures that the examples speak of, in the folder that they run in."""
    for number, name in enumerate(("photo", "any_picture", "drawing1", "drawing2")):
        synthetic_picture(96, 64, number, 12).save(tmp_path / f"{name}.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_readme_is_short():
    assert (ROOT / "README.md").read_text().count("\n") <= MAX_README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


def test_the_readmes_python_runs(pictures: Path):
    (code,) = blocks("README.md", "python")
    exec(code, {})
    assert (pictures / "wave.png").is_file()


def test_the_readmes_shell_commands_run(pictures: Path, quick_finetuning: None):
    (lines,) = (block for block in blocks("README.md", "bash") if "stylegan" in block)
    for line in lines.splitlines():
        words = shlex.split(line)
        assert words[:3] == ["python", "-m", "stylegan"]
        done = CliRunner().invoke(cli, words[3:] + (["--steps", "1"] if words[3] == "finetune" else []))
        assert done.exit_code == 0, (line, done.output)
    assert (pictures / "painting.png").is_file() and (pictures / "anna.style.safetensors").is_file()


@pytest.mark.parametrize("page", ["docs/app.md", "docs/training.md", "docs/hub-and-space.md"])
def test_the_shell_commands_of_other_pages_exist(page: str):
    for words in re.findall(r"^python -m stylegan ([^#\n]*)", "".join(blocks(page, "bash")), re.M):
        name, *rest = shlex.split(words)
        known = {option for parameter in cli.commands[name].params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known


@pytest.mark.parametrize(("name", "file"), PLACES)
def test_what_is_to_be_changed_is_where_the_architecture_says(name: str, file: str):
    assert re.search(rf"^( *(async )?def |class )?{name}\b", (ROOT / file).read_text(), re.M)


def test_the_architecture_says_where_to_change_what_strangers_ask_for():
    assert len(PLACES) > 10
    assert {"BRUSH_RANGE", "GALLERY_PAGE", "hinge_discriminator", "load_image"} <= {name for name, _ in PLACES}


def test_the_architecture_names_every_module():
    """Else a newcomer would look for one with `ls`."""
    named = re.findall(r"\w+\.py", (ROOT / "docs/architecture.md").read_text())
    modules = [file for folder in ("stylegan", "studio") for file in (ROOT / folder).rglob("*.py")]
    assert {file.name for file in modules} - {"__init__.py", *named} == set()


def test_the_table_of_losses_holds_the_committed_results():
    """Else the page would praise a loss for what it never did."""
    summary = json.loads((ROOT / "docs/losses.json").read_text())["summary"]
    page = (ROOT / "docs/losses.md").read_text()
    columns = [name.split()[0] for name in re.search(r"^\| \| (near .*) \| remarks \|$", page, re.M)[1].split(" | ")]
    rows = {name: page_row(page, name.replace("_", " ")) for name in summary}
    assert len(rows) == 13 and len(columns) == 5
    for name, figures in rows.items():
        assert figures == [f"{summary[name][column]['mean']['mean']:.3f}" for column in columns]


def page_row(page: str, label: str) -> list[str]:
    """The means in a row of a table."""
    cells = re.search(rf"^\| {label} \| (.*) \|.*\|$", page, re.M)[1].split(" | ")
    return [re.search(r"\d\.\d{3}", cell)[0] for cell in cells[:5]]
