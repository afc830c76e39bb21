"""The map of styles: alike styles lie close together; a click chooses one, a drag from one to another mixes two."""

import base64
import html
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import torch.nn.functional as F
from gradio.components import Component
from gradio.events import Dependency
from PIL import Image, ImageOps
from scipy.optimize import linear_sum_assignment

from studio.painting.showcase import Opening
from studio.styles.library import StyleLibrary
from studio.tabs.stylize.controls import Controls
from studio.tabs.wiring import PRIVATE, TELLING, Updates
from stylegan import CheckpointError, StyleTransfer
from stylegan.identify import load_identifier

COLUMNS = 5  # on a phone a cell is as wide as a finger
ROOM = 1.6  # cells for each tile: empty ones show what lies apart
TILE_SIDE = 128  # px
HELP = (
    "Styles that are alike lie close together. Click one to paint with it. With a mouse, pull one towards another to "
)
HELP += "mix the two: where you let go says how much of each."
BLANK = "lightgray"  # a style of which there is no picture yet

CSS = """
.cells { display: grid; gap: 4px; position: relative; touch-action: pan-y; }
.cells button { min-width: 0; min-height: 0; padding: 0; border: 0; border-radius: 8px; overflow: hidden;
  aspect-ratio: 1; cursor: pointer; background: none; }
.cells img { width: 100%; height: 100%; object-fit: cover; display: block; pointer-events: none; }
.cells button:focus-visible { outline: 3px solid var(--body-text-color); outline-offset: 1px; }
.cells button[aria-pressed=true] { outline: 3px solid var(--color-accent); outline-offset: 1px; }
.pull { position: absolute; height: 4px; border-radius: 2px; background: var(--color-accent); transform-origin: 0 50%;
  pointer-events: none; }
.named { min-height: 1.6em; margin: 0.4rem 0 0; text-align: center; }
"""

# A drag with a mouse; fingers scroll the page and mix with the box above the map.
SCRIPT = """
const tile = (event) => event.target.closest?.('button[data-key]');
const middle = (button) => [button.offsetLeft + button.offsetWidth / 2, button.offsetTop + button.offsetHeight / 2];
const say = (text) => { const named = element.querySelector('.named'); if (named) named.textContent = text; };
let from = null, aim = null, dragged = false;

const aimed = (event) => {
  const cells = element.querySelector('.cells'), box = cells.getBoundingClientRect();
  const x = event.clientX - box.left, y = event.clientY - box.top, [fromX, fromY] = middle(from);
  const away = (button) => { const [a, b] = middle(button); return Math.hypot(a - x, b - y); };
  const others = [...cells.querySelectorAll('button[data-key]')].filter((button) => button !== from);
  const to = others.reduce((best, button) => away(button) < away(best) ? button : best);
  const [toX, toY] = middle(to), reach = Math.hypot(toX - fromX, toY - fromY);
  const along = ((x - fromX) * (toX - fromX) + (y - fromY) * (toY - fromY)) / reach ** 2;
  const over = document.elementFromPoint(event.clientX, event.clientY)?.closest?.('button[data-key]') === to;
  const share = over ? 0.5 : Math.round(20 * Math.min(0.95, Math.max(0.05, along))) / 20;
  return {to, share, fromX, fromY, toX, toY, reach};
};
const clear = () => { element.querySelectorAll('.pull').forEach((line) => line.remove()); from = aim = null; };

element.addEventListener('pointerdown', (event) => {
  dragged = false;
  if (event.pointerType !== 'touch' && tile(event)) { from = tile(event); event.preventDefault(); from.focus(); }
});
addEventListener('pointermove', (event) => {
  if (!from || !from.isConnected) return;
  if (!dragged && tile(event) === from) return;
  dragged = true;
  aim = aimed(event);
  const line = element.querySelector('.pull') ?? Object.assign(document.createElement('div'), {className: 'pull'});
  const angle = Math.atan2(aim.toY - aim.fromY, aim.toX - aim.fromX);
  line.style.cssText = `left:${aim.fromX}px;top:${aim.fromY - 2}px;width:${aim.reach}px;transform:rotate(${angle}rad)`;
  element.querySelector('.cells').append(line);
  const percent = Math.round(100 * aim.share);
  say(`${100 - percent} % ${from.title} and ${percent} % ${aim.to.title}`);
});
addEventListener('pointerup', (event) => {
  if (dragged && aim && tile(event) !== from)
    trigger('select', {key: from.dataset.key, second: aim.to.dataset.key, share: aim.share});
  clear();
});
addEventListener('keydown', (event) => { if (event.key === 'Escape') clear(); });
element.addEventListener('click', (event) => {
  if (tile(event) && !dragged) trigger('select', {key: tile(event).dataset.key});
  dragged = false;
});
for (const type of ['pointerover', 'focusin'])
  element.addEventListener(type, (event) => { if (tile(event) && !from) say(tile(event).title); });
"""
# Which tiles the painting is made of.
MARK = """(style, blend, picture) => document.querySelectorAll('#style-map button[data-key]').forEach((button) =>
  button.setAttribute('aria-pressed', String(!picture && [style, blend].includes(button.dataset.key))))"""


class StyleMap:
    """Its components, inside the current Blocks."""

    def __init__(self, transfer: StyleTransfer, library: StyleLibrary, opening: Opening):
        self._transfer, self._library, self._opening = transfer, library, opening
        self._places: dict[str, np.ndarray] = {}  # by name or digest of a style
        with gr.Accordion("Map of styles", open=False, elem_id="map-of-styles") as self._fold:
            gr.Markdown(HELP)
            self._mixing = gr.Checkbox(False, label="Mix: the next click adds a second style", elem_id="map-mixing")
            self._map = gr.HTML("", css_template=CSS, js_on_load=SCRIPT, apply_default_css=False, elem_id="style-map")
        self._drawn = gr.State(False)  # only then it follows the visitor's styles: own packs take time to read

    def wire(
        self,
        owner_key: gr.BrowserState,
        changed: gr.Number,
        controls: Controls,
        paint_after: Callable[[Callable], Dependency],
    ) -> Dependency:
        """Choose and mix; returns the painting that follows a choice. changed: counts the changes of own styles."""
        shown = [self._map, self._drawn]
        marks: dict[str, Any] = {
            "fn": None, "inputs": [controls.style, controls.blend, controls.style_image], "outputs": None, "js": MARK,
            **PRIVATE,
        }  # fmt: skip
        self._fold.expand(self._draw, owner_key, shown, **TELLING).then(**marks)
        redrawing = changed.change(self._redraw, [self._drawn, owner_key], shown, **TELLING)
        redrawing.then(**marks)
        chosen: list[Component] = [
            controls.style, controls.style_image, controls.wanted, controls.blend, controls.mix, self._mixing,
        ]  # fmt: skip
        choosing = self._map.select(
            self._choose(controls), [self._mixing, controls.style], chosen, queue=False, **PRIVATE
        )
        choosing.then(**marks)
        gr.on([controls.tiles.select, controls.blend.input, controls.style_image.input], **marks)
        return paint_after(choosing.then)

    def _choose(self, controls: Controls) -> Callable:
        def choose(mixing: bool, style: str, event: gr.EventData) -> Updates:
            """One style, or two: the one chosen before and the one clicked, or the ends of a drag."""
            key, second, share = _asked(event)
            if mixing and not second:
                key, second = style, key
            both = bool(second) and second != key
            mix = {controls.mix: share} if both else {}
            updates: Updates = {controls.style: key, controls.style_image: None, controls.wanted: None, **mix}
            return updates | {controls.blend: second if both else "", self._mixing: False}

        return choose

    def _redraw(self, drawn: bool, owner_key: str) -> Updates:
        return self._draw(owner_key) if drawn else {self._drawn: False}

    def _draw(self, owner_key: str) -> Updates:
        """Every style's tile in its cell."""
        tiles = self._tiles(owner_key)
        try:
            places = np.stack([self._place(key, digest, style) for key, _, _, digest, style in tiles])
        except CheckpointError as error:
            return {self._map: f"<p class='named'>{html.escape(str(error))}</p>", self._drawn: False}
        cells = layout(scaled(distances(places)))
        parts = [
            f"<button type='button' data-key='{html.escape(key)}' title='{html.escape(title)}' "
            f"aria-label='{html.escape(title)}' aria-pressed='false' style='grid-area: {row + 1} / {column + 1}'>"
            f"<img src='{_inline(picture)}' alt=''></button>"
            for (row, column), (key, title, picture, _, _) in sorted(zip(cells, tiles), key=lambda pair: pair[0])
        ]
        columns = f"grid-template-columns: repeat({COLUMNS}, minmax(0, 1fr))"
        grid = f"<div class='cells' style='{columns}'>{''.join(parts)}</div>"
        return {self._map: f"{grid}<p class='named' aria-live='polite'></p>", self._drawn: True}

    def _tiles(self, owner_key: str) -> list[tuple[str, str, str | Path | Image.Image, str, str | Path]]:
        """Key, title, picture, digest and style of each: the built-in ones, then the visitor's own."""
        builtin = zip(self._transfer.styles, self._opening.tiles)
        tiles: list = [(style.name, title, path, style.name, style.name) for style, (path, title) in builtin]
        blank = Image.new("RGB", (64, 64), BLANK)
        for own in self._library.styles(owner_key) if owner_key else []:
            tiles.append((own.key, f"★ {own.title}", own.tile or blank, own.digest, own.path))
        return tiles

    def _place(self, key: str, digest: str, style: str | Path) -> np.ndarray:
        """Where a style lies among all, in many dimensions; read once."""
        if digest not in self._places:
            identifier = load_identifier(self._transfer.checkpoint.generator.lens)
            place = identifier.place(self._transfer.style_memory(style))
            self._places[digest] = F.normalize(place, dim=0).numpy()
        return self._places[digest]


def distances(places: np.ndarray) -> np.ndarray:
    """Cosine distances ``[N, N]``, 0..2, of unit vectors ``[N, K]``."""
    return np.clip(1 - places @ places.T, 0, 2)


def scaled(distance: np.ndarray) -> np.ndarray:
    """Points ``[N, 2]`` whose distances are as near as can be to ``[N, N]`` (classical multidimensional scaling)."""
    n = len(distance)
    center = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * center @ distance**2 @ center)
    points = vectors[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 0))
    # Which way an axis points is nobody's choice: the first style lies on the upper left.
    return points * np.where(points[0] > 0, -1, 1)


def layout(points: np.ndarray) -> list[tuple[int, int]]:
    """Row and column of each point in a grid in which no two share a cell, moved as little as possible."""
    rows = math.ceil(ROOM * len(points) / COLUMNS)
    reach = np.ptp(points, axis=0)
    unit = (points - points.min(0)) / np.where(reach > 0, reach, 1)
    at = unit * (COLUMNS - 1, rows - 1)
    cells = np.array([(column, row) for row in range(rows) for column in range(COLUMNS)])
    cost = ((at[:, None] - cells) ** 2).sum(2)
    _, found = linear_sum_assignment(cost)
    return [(int(row), int(column)) for column, row in cells[found]]


def _asked(event: gr.EventData) -> tuple[str, str, float]:
    """Key, second key and share that the page sent, whatever it may have sent."""
    data = event._data if isinstance(event._data, dict) else {}
    share = data.get("share", 0.5)
    share = float(share) if isinstance(share, int | float) and 0 <= share <= 1 else 0.5
    return str(data.get("key", "")), str(data.get("second") or ""), share


def _inline(picture: str | Path | Image.Image) -> str:
    """A small picture as an address that holds it: it is there with the page, and nobody else's."""
    image, file = Image.open(picture) if isinstance(picture, str | Path) else picture, io.BytesIO()
    ImageOps.fit(image.convert("RGB"), (TILE_SIDE, TILE_SIDE)).save(file, "JPEG", quality=82)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
