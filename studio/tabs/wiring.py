"""What the events of all tabs have in common: their options, and how they answer."""

from typing import Any

PRIVATE: dict[str, Any] = {"api_visibility": "private"}  # for the page alone: programs do not see it
# Gradio shows errors of queued events alone, so what can go wrong for a visitor is queued.
TELLING: dict[str, Any] = {"show_progress": "hidden", **PRIVATE}
QUIET: dict[str, Any] = {"queue": False, **TELLING}  # at once, and without an error to tell
# Painting jobs share one lane: two at once would only slow each other down.
PAINTING_LANE = "torch"
PAINTING: dict[str, Any] = {"concurrency_id": PAINTING_LANE, "concurrency_limit": 1}
# Clicks that choose are answered in their order: of two answers that overtake one another, the wrong one would stay.
CHOOSING: dict[str, Any] = {"concurrency_id": "choosing", "concurrency_limit": 1, **TELLING}
# The page numbers what it asks for, as the last input: what overtakes on its way is told from what is new.
NUMBERED = "(...values) => [...values.slice(0, -1), window.atelierAsked = (window.atelierAsked ?? 0) + 1]"
Updates = dict[Any, Any]  # what an event changes, by component or layout block; all others stay as they are

SCROLL = """() => document.getElementById('{}').scrollIntoView({{
  behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth', block: 'nearest'
}})"""


def scroll_to(elem_id: str) -> dict[str, Any]:
    """An event that brings a part of the page into view."""
    return {"fn": None, "js": SCROLL.format(elem_id), **PRIVATE}
