"""A photo of an iPhone can be dropped on the page as it is: every browser shows it, and it is painted."""

import io
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from stylegan import ImageError
from stylegan.images import load_image
from tests.support.pictures import synthetic_picture


def heic(width: int = 90, height: int = 60) -> bytes:
    file = io.BytesIO()
    synthetic_picture(width, height, 1, 5).save(file, "HEIF", quality=95)
    return file.getvalue()


def test_an_upload_is_shown_as_jpeg_and_stays_its_owners(app_url: str):
    with httpx.Client(base_url=f"{app_url}/gradio_api", cookies={"atelier-visit": "anna"}, timeout=60) as api:
        files = [("files", ("IMG_1.HEIC", heic())), ("files", ("notes.png", b"as it is"))]
        photo, other = api.post("/upload", files=files).json()
        assert (Path(photo).name, Path(other).name) == ("IMG_1.jpg", "notes.png")
        shown = Image.open(io.BytesIO(api.get(f"/file={photo}").content))
        assert (shown.format, shown.size) == ("JPEG", (90, 60))
        assert not Path(photo).with_suffix(".HEIC").exists()
        assert api.get(f"/file={photo}", cookies={"atelier-visit": "ben"}).status_code == 404


def test_a_script_paints_it_and_hears_of_a_damaged_one(app_url: str, tmp_path: Path):
    client = Client(app_url, verbose=False, download_files=tmp_path)
    (tmp_path / "a.heic").write_bytes(heic())
    painting = client.predict(photo=handle_file(tmp_path / "a.heic"), strength=0, api_name="/stylize")
    assert Image.open(painting).size == (90, 60)
    (tmp_path / "b.heic").write_bytes(heic()[:-300])
    with pytest.raises(AppError, match="seems to be damaged"):
        client.predict(photo=handle_file(tmp_path / "b.heic"), api_name="/stylize")


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path):
    size = (64).to_bytes(4, "big") * 2
    bomb = heic(64, 64).replace(b"ispe\0\0\0\0" + size, b"ispe\0\0\0\0" + (30_000).to_bytes(4, "big") * 2)
    assert bomb != heic(64, 64)
    (tmp_path / "bomb.heic").write_bytes(bomb)
    with pytest.raises(ImageError, match="too large"):
        load_image(tmp_path / "bomb.heic")
