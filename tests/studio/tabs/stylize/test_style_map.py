"""The map of styles without a browser: where tiles lie, and what a click may ask for."""

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from studio.styles.library import new_owner_key
from studio.tabs.stylize.style_map import COLUMNS, distances, layout, scaled


def test_scaling_gives_a_plane_back():
    """Points of a plane have distances from which the plane is found again, whichever way up."""
    points = np.random.default_rng(0).normal(size=(20, 2))
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    found = scaled(apart)
    assert np.allclose(np.linalg.norm(found[:, None] - found[None], axis=2), apart, atol=1e-6)


@pytest.mark.parametrize("number", [1, 2, 16, 66])
def test_every_style_has_a_cell_of_its_own_and_neighbours_stay_neighbours(number: int):
    points = np.random.default_rng(number).normal(size=(number, 2))
    cells = np.array(layout(points))
    assert len({tuple(cell) for cell in cells.tolist()}) == number and cells[:, 1].max() < COLUMNS
    if number > 2:
        here = np.linalg.norm(points[:, None] - points[None], axis=2)[np.triu_indices(number, 1)]
        there = np.linalg.norm(cells[:, None] - cells[None], axis=2)[np.triu_indices(number, 1)]
        assert np.corrcoef(here, there)[0, 1] > 0.6


def test_twins_of_one_place_lie_side_by_side():
    places = np.array([[1.0, 0], [1.0, 0], [0, 1.0]])
    assert len(set(layout(scaled(distances(places))))) == 3


def test_a_choice_is_a_style_a_mixture_or_nothing_that_a_page_sends(stylize_on_a_page):
    with gr.Blocks():
        tab = stylize_on_a_page()
    controls, choose = tab.controls, tab._map._choose(tab.controls)

    def chosen(mixing: bool, **data: object) -> tuple:
        updates = choose(mixing, "great_wave", SimpleNamespace(_data=data))
        return updates[controls.style], updates[controls.blend], updates.get(controls.mix)

    assert chosen(False, key="the_kiss") == ("the_kiss", "", None)
    assert chosen(True, key="the_kiss") == ("great_wave", "the_kiss", 0.5)
    assert chosen(True, key="great_wave") == ("great_wave", "", None)
    assert chosen(False, key="the_kiss", second="great_wave", share=0.2) == ("the_kiss", "great_wave", 0.2)
    assert chosen(False, key="the_kiss", second="great_wave", share="x") == ("the_kiss", "great_wave", 0.5)
    assert chosen(False) == ("", "", None)


def test_own_styles_are_on_the_map_and_nobody_elses(stylize_on_a_page, library, transfer):
    with gr.Blocks():
        tab = stylize_on_a_page()
    owner = new_owner_key()
    library.add(owner, transfer.checkpoint.packs["the_kiss"].renamed("Mine <i>"))
    drawn = tab._map._draw(owner)[tab._map._map]
    assert drawn.count("<button") == len(transfer.styles) + 1 and "Mine &lt;i&gt;" in drawn
    assert tab._map._draw(new_owner_key())[tab._map._map].count("<button") == len(transfer.styles)
