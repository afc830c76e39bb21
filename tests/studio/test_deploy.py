"""What is pushed to the Space, run as the Space runs it."""

import html
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from gradio_client import Client, handle_file
from PIL import Image

from studio.deploy import MAX_SPACE_BYTES, build_space, deploy_space, front_matter, main, space_files
from stylegan.formats.checkpoint import SHIPPED, load_checkpoint
from stylegan.hub.download import DEFAULT_REPO
from stylegan.sample_photos import sample_photos
from tests.support.app import ROOT, running_app
from tests.support.environment import fresh_environment
from tests.support.hub import Hub

SPACE = "someone/atelier"
COLOURS = ["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"]
SIGN_IN = {
    "OAUTH_CLIENT_ID": "client",
    "OAUTH_CLIENT_SECRET": "secret",
    "OAUTH_SCOPES": "openid profile contribute-repos",
    "OPENID_PROVIDER_URL": "https://huggingface.co",
}


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("space")
    build_space(folder, SPACE)
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


@pytest.fixture(scope="module")
def space(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started as a Space starts it: its requirements alone, no home, a read-only source."""
    python = fresh_environment(tmp_path_factory.mktemp("fresh"), source / "requirements.txt")
    nowhere = {"HOME": "/proc/nowhere", "ATELIER_DATA": None, "XDG_CACHE_HOME": None, "HF_HOME": None}
    a_space = {"SPACE_ID": SPACE, "SYSTEM": "spaces", "PYTHONPATH": None, **SIGN_IN}
    with running_app(source=source, command=[python, "app.py"], **a_space, **nowhere) as url:
        yield url


def page_of(url: str) -> str:
    return urllib.request.urlopen(url).read().decode()


def test_the_space_is_small_and_holds_nothing_private(source: Path):
    files = contents(source)
    assert sum(map(len, files.values())) < MAX_SPACE_BYTES
    assert {"app.py", "README.md", "requirements.txt", "checkpoints/generator.safetensors"} <= set(files)
    strange = [name for name in files if re.search(r"test|cache|runs|\.git|benchmark|partial|\.env", name)]
    assert not strange
    assert {Path(name).suffix for name in files} <= {".py", ".md", ".txt", ".safetensors", ".json", ".jpg", ""}


def test_what_lies_about_in_a_checkout_stays_there(tmp_path: Path):
    for name in (
        "app.py",
        "studio/a.py",
        "studio/__pycache__/a.pyc",
        ".env",
        "studio/.secret.py",
        "runs/x.py",
        "t.png",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.as_posix() for path in space_files(tmp_path)] == ["app.py", "studio/a.py"]


def test_the_front_matter_is_what_the_hub_reads(source: Path):
    facts = yaml.safe_load((source / "README.md").read_text().split("---")[1])
    assert facts["sdk"] == "gradio" and facts["app_file"] == "app.py" and facts["license"] == "apache-2.0"
    assert facts["colorFrom"] in COLOURS and facts["colorTo"] in COLOURS
    assert facts["python_version"] in ("3.10", "3.12")  # those that ZeroGPU has
    assert len(facts["short_description"]) <= 60 and facts["title"] and facts["emoji"] and facts["tags"]
    assert facts["hf_oauth"] is True and facts["hf_oauth_scopes"] == ["contribute-repos"]
    assert facts["suggested_hardware"] == "cpu-basic"
    assert facts["thumbnail"] == f"https://huggingface.co/spaces/{SPACE}/resolve/main/docs/styles.jpg"
    assert (source / "docs/styles.jpg").is_file()
    assert facts["sdk_version"] in (ROOT / "requirements.txt").read_text()
    assert bool(DEFAULT_REPO) == ("preload_from_hub" in facts) == ("models" in facts)


def test_a_published_generator_is_loaded_while_the_space_is_built():
    facts = front_matter({"title": "Atelier"}, SPACE, f"someone/generator@{'a' * 40}")
    assert facts["models"] == ["someone/generator"]
    repo, files, revision = facts["preload_from_hub"][0].split()
    assert (repo, revision, len(facts["preload_from_hub"])) == ("someone/generator", "a" * 40, 1)
    names = files.split(",")
    assert names[:2] == ["config.json", "generator.safetensors"]
    packs = {path.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("styles/*.safetensors")}
    assert set(names[2:]) == packs  # without them it has no styles


def test_every_built_in_style_goes_to_the_space(source: Path):
    styles = [style.name for style in load_checkpoint(source / "checkpoints").styles.values()]
    assert styles and styles == [style.name for style in load_checkpoint().styles.values()]


def test_a_photo_is_painted_on_the_space(space: str, tmp_path: Path):
    client = Client(space, verbose=False, download_files=tmp_path)
    painted = Image.open(client.predict(photo=handle_file(sample_photos()[0]), style="great_wave", api_name="/stylize"))
    assert painted.size == Image.open(sample_photos()[0]).size


def test_a_link_to_the_space_has_a_preview(space: str):
    page = page_of(space)
    found = dict(re.findall(r'<meta (?:property|name)="([\w:]+)" content="([^"]*)"', page))
    assert found["og:title"] == "Atelier" and "painting" in html.unescape(found["og:description"])
    assert found["og:image"] == f"https://huggingface.co/spaces/{SPACE}/resolve/main/docs/styles.jpg"
    assert "Click to try out the app" not in page and page.count("og:title") == 1


def test_the_space_can_be_duplicated(space: str):
    assert "Duplicate this Space" in page_of(space)


def test_visitors_can_sign_in_to_publish(space: str):
    assert "Publish this style" in page_of(space) and "Sign in with Hugging Face" in page_of(space)


def test_the_space_writes_nothing_into_its_source(space: str, source: Path, tmp_path: Path):
    build_space(tmp_path, SPACE)
    assert contents(source) == contents(tmp_path)


def test_deploy_shows_what_it_would_upload_and_uploads_nothing(hub: Hub):
    result = CliRunner().invoke(main, [SPACE])
    assert result.exit_code == 0, result.output
    assert "checkpoints/generator.safetensors" in result.output and "Nothing was uploaded" in result.output
    assert not hub.requests


def test_deploy_makes_the_space_hold_exactly_these_files(hub: Hub, source: Path):
    hub.add(SPACE, {".gitattributes": b"*", "README.md": b"old", "old.py": b"gone"}, kind="spaces")
    result = CliRunner().invoke(main, [SPACE, "--yes"])
    assert result.exit_code == 0, result.output
    uploaded = hub.files(SPACE, kind="spaces")
    assert uploaded.pop(".gitattributes") == b"*"
    assert uploaded == contents(source)


def test_a_new_space_is_made_with_gradio(hub: Hub, tmp_path: Path):
    (tmp_path / "app.py").write_text("")
    deploy_space(tmp_path, SPACE, private=True)
    created = hub.repos[f"spaces/{SPACE}"].created
    assert (created["sdk"], created["visibility"]) == ("gradio", "private")
