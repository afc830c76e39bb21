"""A real Chromium. Without one the browser tests are skipped, or fail where ATELIER_REQUIRE_BROWSER=1 is set."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser import visit

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NAMES = "--host-resolver-rules=MAP atelier.test 127.0.0.1"  # an app that is not on this computer, as the page sees it
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a green picture, and a yes
FLAGS = [
    NAMES,
    *CAMERA,
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        message = "no Chromium here; install it with: apt-get install -y chromium"
        if os.environ.get("ATELIER_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    """A desktop visitor's page."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    visit(page, app_url)
    yield page
    page.context.close()
