"""What to optimise and for how long. The command line offers every field, see ``stylegan.cli.options``."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from stylegan.training.losses import DEFAULT_OBJECTIVE, LOSSES, Objective

PRECISIONS = ("auto", "bf16", "fp32")
FORMER_NAMES = {  # of options, as checkpoints up to version 0.10 tell them
    "warm_up": "warmup_steps",
    "penalty_weight": "gp_weight",
    "ema_images": "ema_halflife_images",
}


def _option(default: object, help: str, choices: tuple[str, ...] = ()) -> Any:
    """A field with its default and what the command line tells of it."""
    return field(default=default, metadata={"help": help, "choices": choices})


@dataclass(frozen=True)
class TrainConfig:
    """One field for each option of a training.

    Raises:
        ValueError: sizes that cannot be.
    """

    content_loss: str = _option(
        DEFAULT_OBJECTIVE.content, "What keeps the painting like the photo.", tuple(LOSSES["content"])
    )
    style_loss: str = _option(DEFAULT_OBJECTIVE.style, "What brings the painting to the style.", tuple(LOSSES["style"]))
    adversarial_loss: str = _option(
        DEFAULT_OBJECTIVE.adversarial, "How the discriminator is trained.", tuple(LOSSES["adversarial"])
    )
    features_weight: float = _option(1.0, "Weight of the features of rebuilt crops.")
    pixels_weight: float = _option(2.0, "Weight of the mean absolute error of rebuilt crops.")
    painted_weight: float = _option(0.35, "Weight of the distance of a painting's features to the matched ones.")
    moments_weight: float = _option(1.0, "Weight of mean and deviation of the features that were given.")
    style_weight: float = _option(1.5, "Weight of the style loss.")
    content_weight: float = _option(0.02, "Weight of the content loss.")
    adversarial_weight: float = _option(0.04, "Weight of the discriminator's opinion; 0: there is none.")
    mode_seeking_weight: float = _option(
        0.0, "Weight of the difference of two takes, over that of what they were given."
    )
    gp_weight: float = _option(10.0, "Weight of the gradient penalty, Wasserstein only.")
    minutes: float = _option(60.0, "Time budget, earlier runs of the same training included.")
    steps: int | None = _option(None, "At most so many steps.")
    batch: int = _option(8, "Samples per step, half of them rebuilt: a multiple of 2 for each process.")
    crop: int = _option(128, "Side of the crops in pixels, a multiple of 16; half of it at quarter size.")
    level_shares: tuple[float, float, float] = _option(
        (0.55, 0.3, 0.15), "How often full, half and quarter size are practised."
    )
    photo_share: float = _option(0.25, "Part of the rebuilt crops that are photos; the others are paintings.")
    recolored_share: float = _option(0.8, "Part of the painted photos that first take the style's colours.")
    fidelity: tuple[float, float] = _option((0.3, 0.7), "Range of how much of the photo joins the canvas.")
    key_steps: int = _option(3000, "Steps of the key encoder, before all others; none with --base.")
    kept_rows: int = _option(4096, "Rows of each level that are kept of a painting's memory.")
    rows: int = _option(2048, "Rows of each level that a photo is matched with, drawn anew in each step.")
    augment: bool = _option(False, "Change what the discriminator sees at random: for few pictures.")
    learning_rate: float = _option(2e-3, "Of the decoder; decays with the square root of what is left of the budget.")
    discriminator_rate: float = _option(2e-4, "Learning rate of the discriminator.")
    warmup_steps: int = _option(100, "Steps until the learning rates are reached.")
    ema_halflife_images: float = _option(5500.0, "Half-life of the weight average, in samples.")
    precision: str = _option("auto", "Numbers of the convolutions; auto: bf16 where it is fast.", PRECISIONS)
    seed: int = _option(0, "Another number draws other crops.")

    def __post_init__(self) -> None:
        if self.batch < 2 or self.batch % 2:
            raise ValueError("the batch must be a multiple of 2")
        if self.crop < 64 or self.crop % 16:
            raise ValueError("the crop must be a multiple of 16 px, 64 at least")
        for option in fields(self):
            choices = option.metadata["choices"]
            if choices and getattr(self, option.name) not in choices:
                raise ValueError(f"{option.name} must be one of {', '.join(choices)}")

    @property
    def objective(self) -> Objective:
        """The losses by name."""
        return Objective(self.content_loss, self.style_loss, self.adversarial_loss)

    def size(self, level: int) -> int:
        """Side of the crops at a level, in px; a photo of 288 px has no larger ones at quarter size."""
        return self.crop if level < 2 else self.crop // 2


FINETUNING = TrainConfig(  # one style alone: there is nothing to rebuild but its pictures
    minutes=3.0,
    batch=4,
    photo_share=0.0,
    recolored_share=1.0,
    augment=True,
    style_weight=1.0,  # at the base's, minutes on one style end in its most typical bits alone: cover rises
    painted_weight=0.5,
    learning_rate=5e-4,
    warmup_steps=10,
    ema_halflife_images=400.0,
)
REFINING = replace(FINETUNING, minutes=5.0, learning_rate=2.5e-4, ema_halflife_images=1200.0)
