"""Clicks in haste: whatever overtakes on its way, the last click is the one that counts."""

from collections.abc import Callable
from types import SimpleNamespace

import gradio as gr

from studio.tabs.stylize.tab import StylizeTab


def test_a_click_that_was_overtaken_chooses_nothing(
    stylize_on_a_page: Callable[[], StylizeTab], request_of_a_page: SimpleNamespace
):
    with gr.Blocks():
        tab = stylize_on_a_page()

    def click(tile: int, number: int) -> str | None:
        return tab._choose([], number, SimpleNamespace(index=tile), request_of_a_page).get(tab.controls.style)

    styles = [style.name for style in tab._styles]
    assert click(tile=0, number=1) == styles[0]
    assert click(tile=2, number=3) == styles[2]
    assert click(tile=1, number=2) is None


def test_clicks_are_answered_one_after_another(stylize_on_a_page: Callable[[], StylizeTab]):
    """Else a slow answer to an early click would undo a later one on the page."""
    with gr.Blocks() as page:
        tab = stylize_on_a_page()
    choosing = [fn for fn in page.fns.values() if tab.controls.style in fn.outputs and "select" in str(fn.targets)]
    own = [fn for fn in choosing if fn.fn.__name__.startswith("_choose")]
    assert len(own) == 2
    assert all(fn.queue and (fn.concurrency_id, fn.concurrency_limit) == ("choosing", 1) for fn in own)
