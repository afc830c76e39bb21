"""The public wall as the Gallery tab shows it: the wall itself, and the way onto it and off it again."""

import gradio as gr
from gradio.events import Dependency

from studio.gallery.recipe import Recipe
from studio.wall.wall import PublicWall
from studio.web.messages import user_errors

BEFORE = "Everybody will see this painting with its style, settings and size; not your photo, and not who you are."
AFTER = "On the public wall: everybody can see it."
EMPTY = "Nothing here yet. Open a painting of yours, and be the first to publish one."


class WallPanel:
    """Builds the two parts and answers their events."""

    def __init__(self, wall: PublicWall):
        self._wall = wall

    def build_wall(self) -> None:
        """Lay out what everybody sees."""
        with gr.Accordion("The public wall: click a painting to try its look", open=False, elem_id="public") as shelf:
            self._empty = gr.Markdown(EMPTY, elem_id="public-empty")
            self.looks = gr.Gallery(
                label="The public wall", show_label=False, container=False, columns=6, object_fit="cover",
                height="auto", allow_preview=False, interactive=False, buttons=[], elem_id="public-wall",
            )  # fmt: skip
        self._shelf, self.names = shelf, gr.State([])

    def build_buttons(self) -> None:
        """Lay out what can be done with one painting, inside its large view."""
        self._said = gr.Markdown(BEFORE, elem_id="wall-said")
        self._publish = gr.Button("Publish on the public wall", size="sm", elem_id="wall-publish")
        self._withdraw = gr.Button("Take off the public wall", size="sm", visible=False, elem_id="wall-withdraw")

    def wire(self, owner: gr.BrowserState, chosen: gr.State, *deletions: Dependency) -> None:
        """Wire the events. chosen: the painting in the large view. deletions: after which a painting may be gone."""
        quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        told_errors = {"show_progress": "hidden", "api_visibility": "private"}
        buttons, listed = [self._publish, self._withdraw, self._said], [self.looks, self.names, self._empty]
        self._shelf.expand(self._list, None, listed, **quiet)
        chosen.change(self._offer, [owner, chosen], buttons, **quiet)
        for button, act in ((self._publish, self._put_up), (self._withdraw, self._take_off)):
            button.click(act, [owner, chosen], buttons, **told_errors).then(self._list, None, listed, **quiet)
        for deletion in deletions:
            deletion.then(self._wall.take_off, None, None, **quiet).then(self._list, None, listed, **quiet)

    def recipe(self, names: list[str], event: gr.SelectData) -> Recipe:
        """How the painting was made that was clicked on the wall."""
        with user_errors():
            return self._wall.find(names[event.index]).recipe

    def _list(self) -> tuple[gr.Gallery, list[str], gr.Markdown]:
        looks = self._wall.latest()
        return (
            gr.Gallery([(look.picture, look.recipe.title) for look in looks], selected_index=None),
            [look.name for look in looks],
            gr.Markdown(visible=not looks),
        )

    def _offer(self, owner: str, id: str) -> tuple[gr.Button, gr.Button, str]:
        with user_errors():
            there = bool(id) and self._wall.has(owner, id)
        return gr.Button(visible=not there), gr.Button(visible=there), AFTER if there else BEFORE

    def _put_up(self, owner: str, id: str) -> tuple[gr.Button, gr.Button, str]:
        with user_errors():
            self._wall.publish(owner, id)
        return self._offer(owner, id)

    def _take_off(self, owner: str, id: str) -> tuple[gr.Button, gr.Button, str]:
        with user_errors():
            self._wall.withdraw(owner, id)
        return self._offer(owner, id)
