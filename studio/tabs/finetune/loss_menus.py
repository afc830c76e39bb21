"""The losses of the Fine-tune tab: which to learn with, and how the styles learnt with them compare."""

from collections.abc import Sequence
from typing import Literal

import gradio as gr

from studio.styles.library import OwnStyle
from stylegan import Objective

HELP = (
    "While it learns, Atelier compares its paintings with the photo and with your pictures, and tries to make the "
    "differences (losses) smaller. Here you choose how they are measured. Teach the same pictures twice with different "
    "choices, and compare your styles when they are done. "
    "The first of each list is the usual one."
)
CHOICES = {
    "content": ("What to keep of the photo", {
        "perceptual": "Shapes, as a network sees them (perceptual)",
        "ssim": "Local structure (SSIM)",
        "mse": "Every pixel (mean squared error)",
    }),
    "style": ("What to take of the style", {
        "nearest": "Every stroke one that is in the pictures (nearest neighbours)",
        "gram": "Textures as a whole (Gram matrices)",
        "moments": "Colours and contrasts alone (mean and deviation)",
    }),
    "adversarial": ("How the art critic is trained", {
        "hinge": "Hinge",
        "bce": "Cross-entropy, the original GAN",
        "lsgan": "Least squares (LSGAN)",
        "wasserstein": "Wasserstein, with gradient penalty",
    }),
}  # fmt: skip
HEADERS = ["Style", "How near to the style", "How much of the photo", "Steps", "Learnt with"]
TYPES: list[Literal["str", "number"]] = ["str", "number", "number", "number", "str"]


def loss_choices() -> dict[str, gr.Dropdown]:
    """Lay out a menu for each kind of loss, by its name in ``Objective``."""
    with gr.Accordion("For experts: what counts while it learns", open=False, elem_id="losses"):
        gr.Markdown(HELP)
        return {
            kind: gr.Dropdown([(text, name) for name, text in names.items()], label=label, elem_id=f"{kind}-loss")
            for kind, (label, names) in CHOICES.items()
        }


def chosen_objective(**names: str | None) -> Objective:
    """The losses of the menus, by kind; one that was never opened may have no value yet.

    Raises:
        SettingError: an unknown name.
    """
    return Objective(**{kind: name for kind, name in names.items() if name})


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
