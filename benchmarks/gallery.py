"""The Gallery with many results: how long the store takes to keep one, and the page to show and filter them.

    python -m benchmarks.gallery [--results 2000]

It starts the app on a folder of its own, fills the store for one visitor, and drives Chromium.
"""

import argparse
import contextlib
import json
import secrets
import shutil
import sqlite3
import statistics
import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from studio.gallery.content_files import make_thumb
from studio.gallery.recipe import Recipe, bare_photo, pixel_digest
from studio.gallery.store import Store
from studio.settings import GALLERY_PAGE
from studio.styles.library import new_owner_key
from stylegan import StyleTransfer
from stylegan.sample_photos import sample_photos
from tests.support.app import running_app

SIDE = 512  # px
TILES = "#paintings button.thumbnail-lg"


def fill(root: Path, owner: str, transfer: StyleTransfer, results: int, measured: int = 100) -> None:
    """Keep that many paintings. Most are rows that share files; the last are kept as the app does, and timed."""
    photo = bare_photo(Image.open(sample_photos()[0]).resize((SIDE, SIDE * 2 // 3)))
    paintings = [transfer.stylize(photo, style.name) for style in transfer.styles]
    keep(root, owner, transfer, photo, paintings, range(len(paintings)))
    multiply(root / "gallery.sqlite", results - measured - len(paintings))
    seconds, thumbs = keep(root, owner, transfer, photo, paintings, range(results - measured, results))
    print(
        f"keep a painting of {SIDE} px among {results}: median {1e3 * statistics.median(seconds):.0f} ms,"
        f" of it {1e3 * statistics.median(thumbs):.0f} ms to make the thumbnail"
    )


def keep(
    root: Path, owner: str, transfer: StyleTransfer, photo: Image.Image, paintings: list[Image.Image], numbers: range
) -> tuple[list[float], list[float]]:
    """Keep paintings, no two the same; returns the seconds of each, and how many of these its thumbnail takes."""
    store, seconds, thumbs = Store(root), [], []
    path = root / "painting.png"
    for number in numbers:
        style, painting = transfer.styles[number % len(paintings)], paintings[number % len(paintings)]
        recipe = Recipe(style=style.name, title=style.title, seed=number, photo=pixel_digest(photo))
        Image.fromarray(np.roll(painting, number, axis=1)).save(path, compress_level=1, pnginfo=recipe.chunks())
        start = time.perf_counter()
        store.add(owner, path, photo, recipe, f"photo__{style.name}")
        seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        make_thumb(Image.open(path)).save(BytesIO(), "WEBP", quality=76, method=2)
        thumbs.append(time.perf_counter() - start)
    store.close()
    return seconds, thumbs


def multiply(database: Path, copies: int) -> None:
    """Add rows like those that are there, of other takes and earlier dates."""
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        db.row_factory = sqlite3.Row
        rows = [dict(row) for row in db.execute("SELECT * FROM result ORDER BY created")]
        for number in range(len(rows), len(rows) + copies):
            row = rows[number % len(rows)]
            changed = {"id": secrets.token_urlsafe(16), "created": row["created"] - 60 * number}
            changed["recipe"] = json.dumps(json.loads(row["recipe"]) | {"Seed": str(number)})
            marks = ", ".join("?" for _ in row)
            db.execute(f"INSERT INTO result ({', '.join(row)}) VALUES ({marks})", list((row | changed).values()))


def seconds_until(page: Page, action, ready) -> float:
    """From a click until the page shows what it should, pictures included."""
    start = time.perf_counter()
    action()
    ready()
    page.wait_for_function(
        "(tiles) => [...document.querySelectorAll(tiles + ' img')].filter((image) => {"
        " const box = image.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0;"
        "}).every((image) => image.complete && image.naturalWidth)",
        arg=TILES,
        polling=20,
    )
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=2000)
    results = parser.parse_args().results
    transfer = StyleTransfer.from_pretrained()
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        keys = []
        page.on("request", lambda r: keys.append(r.post_data_json["data"]) if r.method == "POST" else None)
        page.goto(url)
        page.wait_for_function("localStorage.getItem('atelier-owner')")
        page.wait_for_timeout(1000)
        owner = next(d[0] for d in keys if d and isinstance(d[0], str) and len(d[0]) == len(new_owner_key()))
        fill(Path(folder) / "gallery", owner, transfer, results)
        tiles, count = page.locator(TILES), page.locator("#count")
        for attempt in ("first wall", "first wall after a reload"):
            page.reload()
            page.wait_for_timeout(3000)
            tab = page.get_by_role("tab", name="Gallery")
            first = seconds_until(page, tab.click, lambda: expect(tiles).to_have_count(GALLERY_PAGE, timeout=30_000))
            print(f"{attempt}: {first:.2f} s")
        each = []
        for style in transfer.styles[:5]:
            share = len(range(transfer.styles.index(style), results, len(transfer.styles)))
            ready = lambda n=share: expect(count).to_contain_text(f"of {n} paintings", timeout=30_000)  # noqa: E731
            page.locator("#filter-style input").click()
            option = page.get_by_role("option", name=style.title, exact=True)
            each.append(seconds_until(page, option.click, ready))
        print(f"filter by style: median {statistics.median(each):.2f} s, worst {max(each):.2f} s")
        start = time.perf_counter()
        page.locator("#older").click()
        expect(count).to_contain_text(f"{GALLERY_PAGE + 1} to", timeout=30_000)
        print(f"next page: {time.perf_counter() - start:.2f} s")
        browser.close()


if __name__ == "__main__":
    main()
