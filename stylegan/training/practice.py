"""The decoder's two tasks: half of a batch rebuilds pictures, half paints photos; and the losses of both."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.models.features import CHANNELS
from stylegan.models.generator import Generator, double
from stylegan.models.perceptual import Lens
from stylegan.models.precision import autocast
from stylegan.models.style_memory import MemoryLevel, standardize
from stylegan.training import losses
from stylegan.training.batches import Batch
from stylegan.training.config import TrainConfig
from stylegan.training.style_dataset import StyleDataset

MAX_SEED = 1 << 31
ALIKE = 0.05  # of a deviation: takes that were given less than this to differ in need not differ more
DEEPEST = slice(CHANNELS - Lens.channels[-1], None)  # of a hypercolumn: the part that knows shapes best


@dataclass(frozen=True)
class Given:
    """What the decoder is given for a batch of N crops to rebuild and N photos to paint."""

    # [2N, 168, S/4, S/4]: those of the crops, then what was matched with the photos; with mode seeking N more, another
    # take of the latter.
    features: Tensor
    levels: list[MemoryLevel]  # what each photo was matched with
    condition: Tensor  # [N, 336] the styles as the discriminator gets them


class Practice:
    """Makes the decoder's input of a batch, and the loss terms of what it paints."""

    def __init__(self, config: TrainConfig, generator: Generator, styles: StyleDataset):
        self.config, self.generator, self.styles = config, generator, styles

    @torch.no_grad()
    def give(self, batch: Batch) -> Given:
        """The input, made as at painting time: a coarse stage first, then a canvas of its painting and of the photo."""
        coarse = F.avg_pool2d(batch.photos, 2)
        with autocast(coarse.device, self.config.precision):
            painting = self.generator.decoder(self._match(coarse, self._levels(batch, batch.level + 1)))
        canvas = (double(painting.float()) + batch.photos - double(coarse)).clamp(0, 1)
        levels = self._levels(batch, batch.level)
        canvas = torch.lerp(canvas, batch.photos, batch.fidelity)
        matched = [self._match(canvas, levels)]
        if self.config.mode_seeking_weight:
            matched.append(self._match(canvas, levels, [seed % MAX_SEED + 1 for seed in batch.seeds]))
        decoder = self.generator.decoder
        condition = [
            self.styles.condition(style, batch.level, decoder.center, decoder.spread) for style in batch.styles
        ]
        features = torch.cat([self._columns(batch.rebuilt), *matched])
        return Given(features.contiguous(memory_format=torch.channels_last), levels, torch.stack(condition))

    def losses(self, batch: Batch, given: Given, decoded: Tensor) -> dict[str, Tensor]:
        """The terms of all that was decoded, ``[2N or 3N, 3, S, S]``, by name, without the adversarial one."""
        count = len(batch.rebuilt)
        seeking = self._mode_seeking(given, decoded, count) if self.config.mode_seeking_weight else {}
        decoded, features = decoded[: 2 * count], given.features[: 2 * count]
        columns, spread = self._columns(decoded), self.generator.decoder.spread
        error = ((columns - features) / spread[:, None, None]).square()
        mean, deviation = columns.mean((2, 3)), columns.std((2, 3))
        mean_given, deviation_given = features.mean((2, 3)), features.std((2, 3))
        moved = ((mean - mean_given) / spread).square() + ((deviation - deviation_given) / spread).square()
        return seeking | {
            "features": error[:count].mean(),
            "painted": error[count:].mean(),
            "moments": moved.mean(),
            "pixels": (decoded[:count] - batch.rebuilt).abs().mean(),
            "style": self._style(batch, given, columns[count:]),
            "content": self._content(batch, decoded[count:], columns[count:]),
        }

    def _mode_seeking(self, given: Given, decoded: Tensor, count: int) -> dict[str, Tensor]:
        """Less the difference of two takes of each photo, over that of what was matched (Mao et al. 2019)."""
        asked = (given.features[count : 2 * count] - given.features[2 * count :]).abs()
        asked = (asked / self.generator.decoder.spread[:, None, None]).mean((1, 2, 3)).clamp_min(ALIKE)
        painted = losses.take_difference(decoded[count : 2 * count], decoded[2 * count :])
        return {"mode_seeking": -(painted / asked).mean()}

    def _style(self, batch: Batch, given: Given, columns: Tensor) -> Tensor:
        """How far paintings are from their styles, seen in the scale of each style's own features."""
        name = self.config.style_loss
        if name == "nearest":
            with autocast(columns.device, self.config.precision):
                terms = [
                    losses.nearest_loss(_at(one, level)[0], (level.rows - level.mean) / level.spread)
                    for one, level in zip(columns.split(1), given.levels)
                ]
            return torch.stack(terms).mean()
        with torch.no_grad():
            real = self._columns(batch.real)
        painted, wanted = (
            losses.style_statistics(name, [(torch.cat([_at(*pair) for pair in zip(c.split(1), given.levels)]),)])
            for c in (columns, real)
        )
        return losses.style_loss(painted, wanted, (1,)).mean()

    def _content(self, batch: Batch, painted: Tensor, columns: Tensor) -> Tensor:
        name = self.config.content_loss
        if name in losses.PIXEL_CONTENT:
            return losses.PIXEL_CONTENT[name](painted, batch.photos).mean()
        with torch.no_grad():
            photo = self._columns(batch.photos)
        return losses.content_perceptual(columns[:, DEEPEST], photo[:, DEEPEST]).mean()

    def _columns(self, images: Tensor) -> Tensor:
        with autocast(images.device, self.config.precision):
            return self.generator.columns(images).float()

    def _levels(self, batch: Batch, level: int) -> list[MemoryLevel]:
        drawn = zip(batch.styles, batch.seeds)
        return [self.styles.level(style, level, self.config.rows, seed + level) for style, seed in drawn]

    def _match(self, canvases: Tensor, levels: list[MemoryLevel], seeds: list[int] | None = None) -> Tensor:
        """The rows most similar to each place of each canvas, each with a memory of its own, ``[N, 168, h, w]``.

        seeds: of the noise of each; None: without.
        """
        drawn = zip(canvases.split(1), levels, seeds or [0] * len(levels))
        return torch.cat([level.at(self.generator.find(one, level, seed)) for one, level, seed in drawn])


def _at(columns: Tensor, level: MemoryLevel) -> Tensor:
    return standardize(columns, level.mean, level.spread)
