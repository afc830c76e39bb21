"""Which losses a style is learnt with: to try and to compare."""

from dataclasses import asdict, dataclass

from stylegan.errors import SettingError
from stylegan.losses import ADVERSARIAL_LOSSES, CONTENT_LOSSES, STYLE_LOSSES

KNOWN = {"content": CONTENT_LOSSES, "style": STYLE_LOSSES, "adversarial": ADVERSARIAL_LOSSES}


@dataclass(frozen=True)
class Objective:
    """Names of losses; see ``stylegan.losses``.

    Raises:
        SettingError: a name that there is not.
    """

    content: str = "perceptual"  # mse | ssim | perceptual
    style: str = "nearest"  # nearest | gram | moments
    adversarial: str = "hinge"  # bce | lsgan | hinge | wasserstein

    def __post_init__(self) -> None:
        for kind, name in asdict(self).items():
            if name not in KNOWN[kind]:
                raise SettingError(f"There is no {kind} loss called {name}. Known: {', '.join(KNOWN[kind])}.")

    def __str__(self) -> str:
        return f"{self.content} + {self.style} + {self.adversarial}"


USUAL = Objective()
