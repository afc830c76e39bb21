"""What can be set about a painting: one field for each, shared by the library, the app and recipes."""

from dataclasses import dataclass, field, fields
from typing import Any

from stylegan.errors import SettingError

MAX_SIDE = 4096  # px, of a painting's long side
MIN_SIDE = 16  # px, of any side
BRUSH_RANGE = (0.5, 2.0)
MAX_SEED = 2**32 - 1


def _setting(default: Any, kind: type, low: float = 0, high: float = 1) -> Any:
    return field(default=default, kw_only=True, metadata={"kind": kind, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """How to paint. Numbers of another type are converted.

    Raises:
        SettingError: a value out of its range.
    """

    strength: float = _setting(1.0, float)  # 0 gives the photo back, 1 the full style
    seed: int = _setting(0, int, 0, MAX_SEED)  # another number is another take
    between: float = _setting(0.0, float)  # on the way from this take to the next, 0 to 1
    keep_colors: bool = _setting(False, bool)  # the photo's colours instead of the style's
    brush: float = _setting(1.0, float, *BRUSH_RANGE)  # size of the strokes
    size: int | None = _setting(None, int, MIN_SIDE, MAX_SIDE)  # long side in px; None: the photo's own

    def __post_init__(self) -> None:
        for each in fields(Settings):
            name, value, low, high = each.name, getattr(self, each.name), each.metadata["low"], each.metadata["high"]
            if value is None and each.default is None:
                continue
            if not low <= value <= high:  # true for NaN, too
                raise SettingError(f"{name} must be between {low:g} and {high:g}, not {value:g}.")
            object.__setattr__(self, name, each.metadata["kind"](value))

    @property
    def take(self) -> float:
        """Which take, as one number: 2.25 is a quarter of the way from take 2 to take 3."""
        return self.seed + self.between

    @property
    def settings(self) -> dict[str, Any]:
        """The values by name, without what a subclass adds."""
        return {each.name: getattr(self, each.name) for each in fields(Settings)}
