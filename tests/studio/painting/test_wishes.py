"""The last wish of a page, and what a slider only came by."""

import pytest
from PIL import Image

from studio.gallery.recipe import Recipe
from studio.painting import wishes
from studio.painting.wishes import REST, Latest, Shown
from stylegan import StyleTransfer
from stylegan.formats.checkpoint import load_checkpoint
from stylegan.interrupt import Interrupted, while_wanted


def test_the_last_wish_of_each_page_counts():
    latest = Latest()
    assert latest.wanted("a", {"style": "great_wave"})  # it asked for nothing yet
    latest.ask("a", 1, {"style": "great_wave"})
    latest.ask("b", 1, {"style": "red_fuji"})
    latest.ask("a", 2, {"style": "starry_night"})
    assert not latest.wanted("a", {"style": "great_wave"})
    assert latest.wanted("a", {"style": "starry_night"}) and latest.wanted("b", {"style": "red_fuji"})


def test_a_wish_that_was_overtaken_on_its_way_changes_nothing():
    latest = Latest()
    latest.ask("a", 2, {"style": "starry_night"})
    latest.ask("a", 1, {"style": "great_wave"})
    latest.ask("b", 1, {"style": "red_fuji"})  # another page has numbers of its own
    assert latest.wanted("a", {"style": "starry_night"}) and not latest.wanted("a", {"style": "great_wave"})
    assert latest.wanted("b", {"style": "red_fuji"})


def test_pages_of_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wishes, "PAGES", 2)
    latest = Latest()
    for page in "abc":
        latest.ask(page, 1, {"style": page})
    assert latest.wanted("a", {"style": "z"}) and not latest.wanted("b", {"style": "z"})


def test_a_slider_leaves_behind_where_it_did_not_rest():
    shown = Shown(Recipe(style="red_fuji", strength=0.8), 6, at=10.0, passing=True)
    assert shown.only_passed(10 + REST / 2) and not shown.only_passed(10 + 2 * REST)
    assert not shown.settled().only_passed(10.0)
    assert shown.differs_by_slider(Recipe(style="red_fuji", strength=0.3, brush=1.5, between=0.5))
    assert not shown.differs_by_slider(Recipe(style="red_fuji", strength=0.3, seed=1))


def test_a_painting_that_nobody_waits_for_is_not_painted_to_its_end():
    left = iter([True, True])
    with pytest.raises(Interrupted), while_wanted(lambda: next(left, False)):
        StyleTransfer(load_checkpoint(), "cpu").stylize(Image.radial_gradient("L").convert("RGB"))
