"""Who may open which file: what one visitor would see of another's, and anybody of the server's."""

import os
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from studio.web import guard
from studio.web.served_files import ServedFiles
from stylegan import ImageError
from tests.support.gallery import uploaded
from tests.support.pictures import synthetic_picture

ANNA, BEN, PROGRAM = "anna's cookie", "ben's cookie", ""
ROUTES = ("/gradio_api/file=", "/gradio_api/file/", "/file=", "/app/gradio_api/file=")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    synthetic_picture(20, 20, 1, 4).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def visit(picture: Path) -> Callable[..., TestClient]:
    """A visitor of a small app that answers uploads with the picture's path, and all else with a secret."""

    async def upload(request: Request) -> Response:
        return JSONResponse([str(picture)])

    async def anything(request: Request) -> Response:
        return PlainTextResponse("secret")

    routes = [Route("/gradio_api/upload", upload, methods=["POST"]), Route("/{path:path}", anything)]
    app = Starlette(routes=routes, middleware=[Middleware(guard.FileGuard)])

    def client(session: str = "", address: str = "http://testserver") -> TestClient:
        return TestClient(app, base_url=address, cookies={guard.COOKIE: session} if session else {})

    return client


def test_a_file_of_which_nothing_is_known_opens_for_nobody(picture: Path):
    for session in (ANNA, PROGRAM):
        assert not guard.may_open(str(picture), session)
        assert not guard.may_open("/etc/hostname", session)


def test_an_upload_opens_for_the_browser_that_brought_it_and_a_programs_for_all(picture: Path):
    path = uploaded(picture, ANNA)
    assert [guard.may_open(path, who) for who in (ANNA, BEN, PROGRAM)] == [True, False, False]
    uploaded(picture, BEN)
    assert [guard.may_open(path, who) for who in (ANNA, BEN, PROGRAM)] == [True, True, False]
    uploaded(picture, PROGRAM)
    assert guard.may_open(path, PROGRAM)


def test_a_painting_opens_for_the_visitor_that_it_was_painted_for():
    files = ServedFiles(kept=5)
    image = synthetic_picture(20, 20, 1, 4)
    mine, a_programs = (str(files.add("a", image, session=session)) for session in (ANNA, PROGRAM))
    assert [guard.may_open(mine, who) for who in (ANNA, BEN, PROGRAM)] == [True, False, False]
    assert guard.may_open(a_programs, BEN) and guard.may_open(a_programs, PROGRAM)
    assert not guard.may_open(str(Path(mine).parents[1]), ANNA), "the folder of all of them is nobody's"


def test_a_folder_named_like_a_visitors_counts_for_nothing_elsewhere(tmp_path: Path, picture: Path):
    look_alike = tmp_path / guard.folder_name(ANNA)
    look_alike.mkdir()
    assert not guard.may_open(str(picture.rename(look_alike / "a.png")), ANNA)


def test_neither_dots_nor_links_nor_zero_bytes_lead_out(tmp_path: Path, picture: Path):
    files = ServedFiles(kept=5)
    inside = files.add("a", synthetic_picture(20, 20, 1, 4), session=ANNA)
    os.symlink(picture, inside.parent / "link.png")
    for path in (f"{inside.parent}/link.png", f"{inside}/../../../../{picture}", f"{inside}\0/../{picture}"):
        assert not guard.may_open(path, ANNA), path
    assert guard.may_open(f"{inside.parent}/../{inside.parent.name}/{inside.name}", ANNA)


def test_a_relative_path_is_no_way_round(picture: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(picture.parent)
    assert not guard.may_open("photo.png", PROGRAM)
    uploaded(picture, ANNA)
    assert guard.may_open("photo.png", ANNA) and not guard.may_open("./photo.png", BEN)


def test_absent_and_forbidden_files_are_refused_in_the_same_words(tmp_path: Path, picture: Path):
    said = set()
    for path in (
        str(picture),
        "/etc/hostname",
        str(tmp_path / "absent.png"),
        str(tmp_path),
        uploaded(tmp_path / "gone"),
    ):
        with pytest.raises(ImageError) as refused:
            guard.check_files(PROGRAM, path)
        said.add(str(refused.value))
    assert said == {guard.GONE}
    guard.check_files(PROGRAM, None, "", uploaded(picture))


def test_an_upload_that_is_forgotten_opens_for_nobody(tmp_path: Path):
    known = guard._KnownFiles(kept=3)
    paths = [str(tmp_path / f"{i}.png") for i in range(4)]
    for path in (*paths[:3], paths[0], paths[3]):
        known.add(path, "digest")
    assert [known.open_to(path, "digest") for path in paths] == [True, False, True, True], "the oldest goes first"
    for i in range(10):
        known.add(paths[0], f"visitor {i}")
    assert len(known._owners) == 3, "one file that many upload is bounded, too"


def test_after_a_restart_earlier_uploads_open_for_nobody(picture: Path, monkeypatch: pytest.MonkeyPatch):
    path = uploaded(picture, ANNA)
    monkeypatch.setattr(guard, "_known", guard._KnownFiles(kept=3))
    assert not guard.may_open(path, ANNA)


def test_files_of_the_app_stay_everybodys(tmp_path: Path, picture: Path):
    folder = tmp_path / "showcase"
    folder.mkdir()
    guard.keep_open([picture, folder])
    uploaded(picture, ANNA)
    for path in (picture, folder / "0.jpg"):
        assert guard.may_open(str(path), BEN)
    assert not guard.may_open(str(tmp_path / "showcase2"), BEN)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_route_to_a_file_asks(visit: Callable, picture: Path, route: str, method: str):
    for address in (f"{route}{picture}", f"{route}/etc/hostname", f"{route}https://example.org/a.png"):
        assert visit(ANNA).request(method, address).status_code == 404
    uploaded(picture, ANNA)
    if "file/" not in route:  # which names a path without its first slash
        assert visit(ANNA).request(method, f"{route}{picture}").is_success
    assert visit(BEN).request(method, f"{route}{picture}").status_code == 404


def test_who_uploads_is_remembered(visit: Callable, picture: Path):
    assert visit(ANNA).post("/gradio_api/upload").json() == [str(picture)]
    assert guard.may_open(str(picture), ANNA) and not guard.may_open(str(picture), BEN)


def test_a_browser_gets_one_cookie_that_scripts_cannot_read(visit: Callable):
    headers = visit().get("/").headers
    (cookie,) = SimpleCookie(headers["set-cookie"]).values()
    assert len(cookie.value) >= 32 and cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["secure"]
    assert "set-cookie" not in visit(ANNA).get("/").headers
    assert "set-cookie" not in visit().get("/gradio_api/info").headers
    assert visit().get("/").headers["set-cookie"] != headers["set-cookie"]


@pytest.mark.parametrize(
    ("address", "headers"),
    [("https://testserver", {}), ("http://testserver", {"x-forwarded-proto": "https"})],
    ids=["https", "behind a proxy"],
)
def test_over_https_the_cookie_reaches_the_frame_of_another_site(visit: Callable, address: str, headers: dict):
    sent = visit(address=address).get("/", headers=headers).headers["set-cookie"]
    cookie = SimpleCookie(sent.removesuffix("; Partitioned"))[guard.COOKIE]  # a word that Python learnt in 3.14
    assert cookie["secure"] and cookie["samesite"] == "None" and cookie["httponly"] and sent.endswith("; Partitioned")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "http://testserver"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),  # a link that the visitor followed
        ({"origin": "http://testserver"}, 200),
        ({"origin": "https://atelier.example", "x-forwarded-host": "atelier.example"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "origin": "http://testserver"}, 404),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 404),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, 404),
        ({"origin": "https://evil.example"}, 404),
        ({"origin": "null"}, 404),
    ],
)
def test_another_sites_page_cannot_use_a_visitors_cookie(
    visit: Callable[..., TestClient], picture: Path, headers: dict[str, str], status: int
):
    """Gradio lets any site read answers, with the visitor's cookies; older browsers send these along."""
    uploaded(picture, ANNA)
    assert visit(ANNA).get(f"/gradio_api/file={picture}", headers=headers).status_code == status
    greeted = "set-cookie" in visit().get("/", headers=headers).headers
    assert greeted == (status == 200), "nor may it give the visitor another cookie"
