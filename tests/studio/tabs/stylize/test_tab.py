"""The app's API, called as a script calls it, on a running app."""

from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.support.pictures import mean_difference


@pytest.fixture(scope="module")
def client(app_url: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(app_url, verbose=False, download_files=tmp_path_factory.mktemp("downloads"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "meadow.png"
    Image.radial_gradient("L").resize((120, 90)).convert("RGB").save(path)
    return path


def test_a_photo_alone_is_enough(client: Client, photo: Path):
    painted = client.predict(photo=handle_file(photo), api_name="/stylize")
    assert Path(painted).name == "meadow__great_wave.png"
    image = Image.open(painted)
    assert (image.format, image.size) == ("PNG", (120, 90))
    assert mean_difference(image, Image.open(photo)) > 0.03


def test_every_setting_by_name(client: Client, photo: Path):
    painted = client.predict(
        photo=handle_file(photo),
        style="starry_night",
        style_image=None,
        strength=0.8,
        keep_colors=True,
        brush=1.5,
        seed=4,
        between=0.5,
        blend="great_wave",
        mix=0.25,
        size=200,
        api_name="/stylize",
    )
    assert Image.open(painted).size == (200, 150)


def test_any_picture_as_the_style(client: Client, photo: Path, tmp_path: Path):
    Image.effect_noise((80, 80), 80).convert("RGB").save(tmp_path / "fabric.png")
    painted = client.predict(
        photo=handle_file(photo), style_image=handle_file(tmp_path / "fabric.png"), api_name="/stylize"
    )
    assert Path(painted).name == "meadow__fabric.png"


def test_finish_paints_the_same_picture_crisper(client: Client, photo: Path):
    plain, whole = (
        Image.open(client.predict(photo=handle_file(photo), finish=finish, api_name="/stylize"))
        for finish in (False, True)
    )
    assert (float(plain.text["Finish"]), float(whole.text["Finish"])) == (0, 1)
    assert plain.size == whole.size and 0.002 < mean_difference(plain, whole) < 0.2


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"style": "nobody"}, "no style"), ({"strength": 3}, "strength|maximum"), ({"size": 9000}, "size")],
)
def test_a_mistake_gets_a_clear_message(client: Client, photo: Path, settings: dict, message: str):
    with pytest.raises(AppError, match=message):
        client.predict(photo=handle_file(photo), **settings, api_name="/stylize")


def test_a_file_that_is_no_picture_gets_a_clear_message(client: Client, tmp_path: Path):
    (tmp_path / "letter.png").write_text("Dear reader")
    with pytest.raises(AppError, match=r"letter\.png is not a picture"):
        client.predict(photo=handle_file(tmp_path / "letter.png"), api_name="/stylize")


def test_a_server_path_is_not_a_style(client: Client, photo: Path):
    """A visitor must not have the server open files of its own by naming them as a style."""
    with pytest.raises(AppError, match="no style"):
        client.predict(photo=handle_file(photo), style=str(Path(__file__)), api_name="/stylize")
    with pytest.raises(AppError, match="not in the list of choices"):
        client.predict(photo=handle_file(photo), blend="/etc/hostname", api_name="/stylize")


def test_finetune_returns_a_style_to_paint_with(client: Client, photo: Path, tmp_path: Path):
    Image.effect_noise((80, 80), 80).convert("RGB").save(tmp_path / "fabric.png")
    pack = client.predict(pictures=[handle_file(tmp_path / "fabric.png")], name="Fabric", steps=2, api_name="/finetune")
    assert Path(pack).name == "Fabric.style.safetensors"
    painted = client.predict(photo=handle_file(photo), pack=handle_file(pack), api_name="/stylize")
    assert Path(painted).name == "meadow__Fabric.png"
    default = client.predict(photo=handle_file(photo), api_name="/stylize")
    assert mean_difference(Image.open(painted), Image.open(default)) > 0.02


def test_a_hostile_pack_gets_a_clear_message(client: Client, photo: Path, tmp_path: Path):
    (tmp_path / "evil.style.safetensors").write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(AppError, match="damaged or not a style pack"):
        client.predict(
            photo=handle_file(photo), pack=handle_file(tmp_path / "evil.style.safetensors"), api_name="/stylize"
        )
