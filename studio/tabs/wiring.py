"""Options of events, the same in every tab."""

from studio.settings import TORCH_LANE

PRIVATE = {"api_visibility": "private"}  # for the page alone: programs do not see it
# Gradio shows errors of queued events alone, so what can go wrong for a visitor is queued.
TELLING = {"show_progress": "hidden", **PRIVATE}
QUIET = {"queue": False, **TELLING}  # at once, and without an error to tell
PAINTING = {"concurrency_id": TORCH_LANE, "concurrency_limit": 1}  # one at a time: two would only slow each other down
SCROLL = "() => document.getElementById('{}').scrollIntoView({{behavior: 'smooth', block: 'nearest'}})"


def scroll_to(elem_id: str) -> dict[str, object]:
    """An event that brings a part of the page into view."""
    return {"fn": None, "js": SCROLL.format(elem_id), **PRIVATE}
