"""The lab of the Fine-tune tab: which losses a style is learnt with, one choice or two or three to be compared."""

import html
from collections.abc import Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Literal

import gradio as gr

from studio.styles.library import OwnStyle
from studio.web.guard import keep_open
from stylegan import Objective, StyleError
from stylegan.training.losses import LOSSES

PICTURES = Path(__file__).parents[2] / "assets" / "losses"  # painted by benchmarks/loss_pictures.py
HELP = (
    "While it learns, Atelier compares its paintings with the photo and with your pictures, and tries to make the "
    "differences (*losses*) smaller. There is more than one way to measure them, and which one suits your pictures "
    "best is not known beforehand. So try: it learns the same pictures in two or three ways, for the same time each, "
    "and shows you your photo painted in each. You keep the one that you like."
)
CHOICES = {
    "style": ("What to take of the style", {
        "nearest": "Every stroke one that is in the pictures (nearest neighbours)",
        "gram": "Textures as a whole (Gram matrices)",
        "moments": "Colours and contrasts alone (mean and deviation)",
    }),
    "content": ("What to keep of the photo", {
        "perceptual": "Shapes, as a network sees them (perceptual)",
        "ssim": "Local structure (SSIM)",
        "mse": "Every pixel (mean squared error)",
    }),
    "adversarial": ("How the art critic is trained", {
        "hinge": "Hinge",
        "bce": "Cross-entropy, the original GAN",
        "lsgan": "Least squares (LSGAN)",
        "wasserstein": "Wasserstein, with gradient penalty",
    }),
}  # fmt: skip
EXPLAINED = {
    "nearest": "Each bit of the painting should be the twin of some bit of your pictures: strokes come out clear.",
    "gram": "Which colours, lines and dots go together should be as in your pictures: the classic of 2016, good for "
    "patterns.",
    "moments": "Only how bright, colourful and rough it is on the whole should agree: quick, and rather tame.",
    "perceptual": "What a network that knows pictures sees should stay, in any colour: shapes stay, paint is free.",
    "ssim": "Light and dark of each small spot should stay where they are: fine lines of the photo survive.",
    "mse": "Every point should keep its very colour: closest to the photo, and softest.",
    "hinge": "The critic stops arguing once it is sure: steady, the usual choice.",
    "bce": "The critic says how likely it is that a painting is real: how GANs began in 2014.",
    "lsgan": "The critic gives marks, and is punished for each mark that is far off: gentle near the goal.",
    "wasserstein": "The critic measures how far paintings are from real ones and is kept smooth: thorough, and slower.",
}
SEEN = (
    "Each picture shows the same tiger after Franz Marc, painted by a generator trained with that loss and else "
    "like the others. What differs is fine: most of a painting comes from finding the right strokes, and the losses "
    "teach how to join them."
)
WAYS = (Objective(), Objective(style="gram"), Objective(style="moments"))  # that are offered to be compared
HEADERS = ["Style", "How near to the style", "How much of the photo", "Steps", "Learnt with"]
TYPES: list[Literal["str", "number"]] = ["str", "number", "number", "number", "str"]


class Lab:
    """The menus, inside the current Blocks: what counts while it learns, in one way or in several."""

    def __init__(self):
        with gr.Accordion("For experts: try other ways to learn", open=False, elem_id="losses"):
            gr.Markdown(HELP)
            numbers = [("One way", 1), ("Two, to compare", 2), ("Three, to compare", 3)]
            self.ways = gr.Radio(numbers, value=1, label="In how many ways to learn", elem_id="ways")
            self._groups, self.menus = [], {}
            for letter, usual in zip(ascii_uppercase, WAYS):
                with gr.Group(visible=letter == "A") as group:
                    gr.Markdown(f"**Way {letter}**", elem_classes="way")
                    for kind in CHOICES:
                        self.menus[f"{kind}_{letter}"] = _menu(kind, getattr(usual, kind), letter)
                self._groups.append(group)
            with gr.Accordion("What each of them does", open=False, elem_id="losses-explained"):
                gr.HTML(explained())
        self.ways.change(
            self._offer, self.ways, self._groups, queue=False, show_progress="hidden", api_visibility="private"
        )

    def _offer(self, ways: int) -> list[gr.Group]:
        return [gr.Group(visible=number < ways) for number in range(len(WAYS))]


def _menu(kind: str, value: str, letter: str) -> gr.Dropdown:
    label, names = CHOICES[kind]
    return gr.Dropdown(
        [(text, name) for name, text in names.items()], value=value, label=label, elem_id=f"{kind}-loss-{letter}"
    )


def chosen_objectives(ways: int | None, **names: str | None) -> list[Objective]:
    """The losses of the menus; a menu that was never opened may have no value yet.

    Raises:
        SettingError: an unknown name. StyleError: two ways are the same.
    """
    chosen = []
    for letter, usual in zip(ascii_uppercase, WAYS[: ways or 1]):
        chosen.append(Objective(**{kind: names.get(f"{kind}_{letter}") or getattr(usual, kind) for kind in CHOICES}))
        if chosen.index(chosen[-1]) != len(chosen) - 1:
            twin = ascii_uppercase[chosen.index(chosen[-1])]
            raise StyleError(f"Ways {twin} and {letter} are the same. Choose something else for one of them.")
    return chosen


def in_words(objective: Objective) -> str:
    """What people call the losses of an objective."""
    return " · ".join(CHOICES[kind][1][getattr(objective, kind)].split(" (")[0] for kind in CHOICES)


def explained() -> str:
    """HTML: each loss by its name, one sentence and a picture of what it paints."""
    pictures = {name: PICTURES / f"{name}.jpg" for names in LOSSES.values() for name in names}
    keep_open(pictures.values())
    gr.set_static_paths(list(pictures.values()))
    parts = [f"<p>{SEEN}</p>"]
    for label, names in CHOICES.values():
        parts.append(f"<h4>{html.escape(label)}</h4><div class='losses'>")
        parts += [
            f"<figure><img src='gradio_api/file={html.escape(str(pictures[name]))}' alt='' loading='lazy' width='120' "
            f"height='120'><figcaption><b>{html.escape(text)}</b> {html.escape(EXPLAINED[name])}</figcaption></figure>"
            for name, text in names.items()
        ]
        parts.append("</div>")
    return "".join(parts)


def comparison() -> gr.Dataframe:
    """Lay out the table of the visitor's styles."""
    with gr.Accordion("Compare your styles", open=False, elem_id="compare"):
        gr.Markdown(
            "Two distances, measured on one and the same sample photo: the smaller they are, the nearer the painting "
            "is to the style, and the more of the photo is left in it."
        )
        return gr.Dataframe(headers=HEADERS, datatype=TYPES, interactive=False, elem_id="comparison")


def compared(styles: Sequence[OwnStyle]) -> list[list[str | float | None]]:
    """The rows of the table."""
    return [
        [
            style.title,
            style.facts.distances.get("near"),
            style.facts.distances.get("layout"),
            style.facts.steps,
            style.facts.objective,
        ]
        for style in styles
    ]
