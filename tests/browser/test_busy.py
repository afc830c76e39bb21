"""Who has to wait is told so in plain words, by a page and by a program, on a small app of real Gradio."""

import threading
from collections.abc import Iterator

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from playwright.sync_api import Browser, expect

from studio.operation.shares import Shares, dear, share_out
from tests.support.browser import SLOW

SIZE = 2  # events that may wait
WAIT = "That was a lot at once. To leave room for others, please try again in 20 minutes."
FULL = "2 others are waiting already. Please try again in a minute."


@pytest.fixture(scope="module")
def go() -> threading.Event:
    return threading.Event()


@pytest.fixture(scope="module")
def url(go: threading.Event) -> Iterator[str]:
    """A small app whose clock stands still: three sheets for each visitor, and a painting that takes until ``go``."""

    @dear("sheet")
    def sheet() -> str:
        return "a sheet"

    with gr.Blocks(analytics_enabled=False) as app:
        shown = gr.Textbox()
        gr.Button("All styles").click(sheet, None, shown, api_name="sheet")
        gr.Button("Paint").click(lambda: go.wait(60), None, None, api_name="paint")
    share_out(app.queue(max_size=SIZE), Shares({"sheet": (3, 3600)}, lambda: 0.0), SIZE)
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False)
    yield url
    go.set()
    app.close()


def ask(url: str, name: str, **options: object) -> httpx.Response:
    return httpx.post(f"{url}gradio_api/call/v2/{name}", json={}, **options)  # pyright: ignore[reportArgumentType]


def use_share(url: str, visitor: str) -> dict[str, str]:
    """The cookie of a visitor who has had all that there is for one."""
    mine = {"atelier-visit": visitor}
    assert all(ask(url, "sheet", cookies=mine).is_success for _ in range(3))
    return mine


def test_a_program_that_asks_for_too_much_is_told_how_long_to_wait(url: str):
    answer = ask(url, "sheet", cookies=use_share(url, "mine"))
    assert (answer.status_code, answer.json()["detail"]) == (429, WAIT)
    assert answer.headers["retry-after"] == "1200"
    assert ask(url, "sheet", cookies={"atelier-visit": "another's"}).is_success


def test_the_page_says_it_in_the_same_words(url: str, browser: Browser):
    page = browser.new_page()
    cookies = use_share(url, "page").items()
    page.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies])
    page.goto(url)
    page.get_by_role("button", name="All styles").click()
    expect(page.get_by_text(WAIT)).to_be_visible(timeout=SLOW)
    page.context.close()


def test_where_too_many_wait_the_next_is_told_so(url: str, go: threading.Event, browser: Browser):
    for _ in range(SIZE + 1):  # one is worked on
        assert ask(url, "paint").is_success
    answer = ask(url, "paint")
    assert (answer.status_code, answer.json()["detail"]) == (429, FULL)
    with pytest.raises(Exception, match="429"):
        Client(url, verbose=False).predict(api_name="/paint")
    page = browser.new_page()
    page.goto(url)
    page.get_by_role("button", name="Paint").click()
    expect(page.get_by_text(FULL)).to_be_visible(timeout=SLOW)
    page.context.close()
    go.set()
