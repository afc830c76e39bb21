"""Which trainings are compared: one factor at a time, or the whole grid; and two that are meant to fail."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any

from stylegan.training.config import TrainConfig
from stylegan.training.losses import LOSSES

NONE, OFF, ON = "none", "off", "on"
MODE_SEEKING = 0.5  # weight where diversity is on
FACTORS: dict[str, tuple[str, ...]] = {
    "content": tuple(LOSSES["content"]),
    "style": (*LOSSES["style"], NONE),
    "adversarial": (NONE, *LOSSES["adversarial"]),
    "diversity": (OFF, ON),
}
Weights = Mapping[tuple[str, str], float]  # by kind and name of a content or style loss


@dataclass(frozen=True)
class Choice:
    """One value of each factor; the defaults are what ships."""

    content: str = TrainConfig().content_loss
    style: str = TrainConfig().style_loss
    adversarial: str = TrainConfig().adversarial_loss
    diversity: str = OFF

    def config(self, base: TrainConfig, weights: Weights) -> TrainConfig:
        """A training with these losses. weights: of each content and style loss, so that all pull equally hard."""
        changes: dict[str, Any] = {"mode_seeking_weight": MODE_SEEKING if self.diversity == ON else 0.0}
        for kind in ("content", "style", "adversarial"):
            name = getattr(self, kind)
            if name == NONE:
                changes[f"{kind}_weight"] = 0.0
            else:
                changes[f"{kind}_loss"] = name
                changes[f"{kind}_weight"] = weights.get((kind, name), getattr(base, f"{kind}_weight"))
        return replace(base, **changes)


@dataclass(frozen=True)
class Variant:
    """A training of the comparison."""

    name: str  # also of its folder
    choice: Choice
    changes: Mapping[str, float] = field(default_factory=dict)  # of a training that is meant to fail

    def config(self, base: TrainConfig, weights: Weights) -> TrainConfig:
        return replace(self.choice.config(base, weights), **self.changes)


BASELINE = Variant("baseline", Choice())
FAILURES = (
    # Nothing but "look like some bit of the style": the most typical bit everywhere.
    Variant(
        "collapse",
        Choice(),
        {
            **{f"{term}_weight": 0.0 for term in ("features", "pixels", "painted", "moments", "content")},
            "style_weight": 5.0,
            "adversarial_weight": 0.0,
        },
    ),
    # A discriminator that learns fast, against a decoder that hardly does and hears of paint from it alone.
    Variant(
        "discriminator_ahead",
        Choice(adversarial="bce"),
        {
            **{f"{term}_weight": 0.0 for term in ("style", "painted", "features", "moments", "pixels")},
            "discriminator_rate": 4e-4,
            "learning_rate": 1e-5,
            "adversarial_weight": 2.0,
        },
    ),
)


def one_at_a_time() -> list[Variant]:
    """The baseline, and each other value of each factor with the baseline's other three."""
    found = [BASELINE]
    for factor, names in FACTORS.items():
        for name in names:
            choice = replace(Choice(), **{factor: name})
            if choice != BASELINE.choice:
                found.append(Variant(f"{factor}_{name}", choice))
    return found


def full_grid() -> list[Variant]:
    """Every combination; those of ``one_at_a_time`` have its names."""
    known = {variant.choice: variant for variant in one_at_a_time()}
    choices = (Choice(*names) for names in product(*FACTORS.values()))
    return [known.get(choice) or Variant("_".join(asdict(choice).values()), choice) for choice in choices]
