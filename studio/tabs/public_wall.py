"""The public wall as the Gallery tab shows it: the wall itself, and the way onto it and off it again."""

import gradio as gr
from gradio.events import Dependency

from studio.gallery.recipe import Recipe
from studio.tabs.wiring import QUIET, TELLING, Updates
from studio.wall.wall import PublicWall
from studio.web.messages import user_errors

BEFORE = "Everybody will see this painting with its style, settings and size; not your photo, and not who you are."
AFTER = "On the public wall: everybody can see it."
EMPTY = "Nothing here yet. Open a painting of yours, and be the first to publish one."


class WallList:
    """What everybody sees, inside the current Blocks."""

    def __init__(self, wall: PublicWall):
        self._wall = wall
        with gr.Accordion("The public wall: click a painting to try its look", open=False, elem_id="public") as fold:
            self._empty = gr.Markdown(EMPTY, elem_id="public-empty")
            self.paintings = gr.Gallery(
                label="The public wall", show_label=False, container=False, columns=6, object_fit="cover",
                height="auto", allow_preview=False, interactive=False, buttons=[], elem_id="public-wall",
            )  # fmt: skip
        self.names = gr.State([])
        self.listing = {"fn": self._list, "inputs": None, "outputs": [self.paintings, self.names, self._empty], **QUIET}
        fold.expand(**self.listing)

    def recipe(self, names: list[str], event: gr.SelectData) -> Recipe:
        """How the painting was made that was clicked on the wall."""
        with user_errors():
            return self._wall.find(names[event.index]).recipe

    def _list(self) -> Updates:
        paintings = self._wall.latest()
        return {
            self.paintings: gr.Gallery([(each.picture, each.recipe.title) for each in paintings], selected_index=None),
            self.names: [each.name for each in paintings],
            self._empty: gr.Markdown(visible=not paintings),
        }


class WallButtons:
    """What can be done with the painting in the large view, inside the current Blocks."""

    def __init__(self, wall: PublicWall):
        self._wall = wall
        self._said = gr.Markdown(BEFORE, elem_id="wall-said")
        self._publish = gr.Button("Publish on the public wall", size="sm", elem_id="wall-publish")
        self._withdraw = gr.Button("Take off the public wall", size="sm", visible=False, elem_id="wall-withdraw")

    def wire(self, owner_key: gr.BrowserState, current_id: gr.State, shown: WallList, *deletions: Dependency) -> None:
        """Wire the events. current_id: the painting in the large view. deletions: after which one may be gone."""
        parts = [self._said, self._publish, self._withdraw]
        current_id.change(self.offer, [owner_key, current_id], parts, **QUIET)
        for button, act in ((self._publish, self.publish), (self._withdraw, self.withdraw)):
            button.click(act, [owner_key, current_id], parts, **TELLING).then(**shown.listing)
        for deletion in deletions:
            deletion.then(self._wall.take_off_withdrawn, None, None, **QUIET).then(**shown.listing)

    def offer(self, owner_key: str, id: str) -> Updates:
        """Whether the painting is on the wall, and the button for the other."""
        with user_errors():
            there = bool(id) and self._wall.has(owner_key, id)
        return {
            self._publish: gr.Button(visible=not there),
            self._withdraw: gr.Button(visible=there),
            self._said: AFTER if there else BEFORE,
        }

    def publish(self, owner_key: str, id: str) -> Updates:
        """Put the painting on the wall."""
        with user_errors():
            self._wall.publish(owner_key, id)
        return self.offer(owner_key, id)

    def withdraw(self, owner_key: str, id: str) -> Updates:
        """Take the painting off the wall."""
        with user_errors():
            self._wall.withdraw(owner_key, id)
        return self.offer(owner_key, id)
