"""Every measure of a report: its name, which way is better, and what it tells."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measure:
    """One column of a report."""

    name: str
    better: Literal["lower", "higher", ""]  # "": it depends
    meaning: str
    digits: int = 3


MEASURES = (
    Measure("near", "lower", "Is each bit of the painting one that the painter could have painted? 0 to 2."),
    Measure("cover", "lower", "Is all used that the style has? High: one texture everywhere. 0 to 2."),
    Measure("patch", "lower", "Distance of the distributions of small patches of pixels; knows no network."),
    Measure("layout", "lower", "Is the scene of the photo still there? 0 to 2."),
    Measure("gram", "lower", "Relative distance of Gram matrices. Noise can please it."),
    Measure("moments", "lower", "Relative distance of the means and deviations of features."),
    Measure("content", "lower", "Distance of deep features to the photo's, without colour and contrast. 0 to 2."),
    Measure("ssim", "higher", "Structural similarity of luma with the photo, up to 1."),
    Measure("color", "lower", "Distance of the colours to the style's, in CIE Lab units.", 1),
    Measure("faces", "higher", "Share of faces of a twelfth of the photo or more that are still found, 0 to 1.", 2),
    Measure("weave", "lower", "Energy of a regular grid of up to 8 px; 1: none. JPEG files have one of their own.", 2),
    Measure("diversity", "", "Mean difference of two takes, 0 to 1; 0: takes do not differ."),
    Measure("flicker", "lower", "Mean difference when the photo moves by one pixel, 0 to 1."),
    Measure("seconds", "lower", "To paint one picture, with the style read and faces found.", 2),
    Measure("megabytes", "lower", "Peak memory of the process that painted; of the GPU where one painted.", 0),
)
BY_EYE = MEASURES[:4]  # these rank as the eye does
PAINTED = ("diversity", "flicker", "seconds", "megabytes")  # known only of what was painted here
Values = dict[str, float | None]  # by the name of a measure; None: undefined for this picture
