"""The training loop: alternate discriminator and generator steps within a time budget, resumable at any point."""

import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn

from stylegan import losses
from stylegan.augment import augment
from stylegan.batches import Batch, Sampler
from stylegan.crops import GROUP, PhotoCrops
from stylegan.data import ImageSet
from stylegan.images import to_image
from stylegan.muon import Muon
from stylegan.networks import STRIDE, Discriminator, Generator, GeneratorConfig, StyleEncoder
from stylegan.objective import USUAL
from stylegan.perceptual import pyramid
from stylegan.records import HealthCheck, LossLog, TrainingError, contact_sheet
from stylegan.state import load_state, save_state
from stylegan.styleset import StyleSet

GRID_PHOTOS, GRID_STYLES = 4, 12
SeenPhotos = dict[tuple[int, int], tuple[Tensor, ...]]  # relu3_1 by scale, of fixed crops by seed and number
PROBE_STEPS, PROBE_STYLES = 50, 4  # steps between measurements of how much styles differ, and how many are compared


@dataclass(frozen=True)
class TrainConfig:
    """What to optimise and for how long."""

    content_loss: str = USUAL.content
    style_loss: str = USUAL.style
    adversarial_loss: str = USUAL.adversarial
    content_weight: float = 0.1
    style_weight: float = 1.0
    adversarial_weight: float = 0.003
    variation_weight: float = 0.05
    diversity_weight: float = 0.2
    penalty_weight: float = 10.0  # gradient penalty, Wasserstein only
    layer_weights: tuple[float, float, float] = (1, 1, 4)  # relu3_1 holds the strokes; shallow layers saturate first
    content_scales: tuple[float, float, float] = (1, 1, 0)  # full, half, quarter size
    diversity_target: float = 0.04  # mean absolute difference of two takes, of 0..1
    augment: bool = False  # change what the discriminator sees at random: for few pictures
    builtin_share: float = 0.5  # part of each batch painted in a built-in style
    minutes: float = 20.0  # time budget, earlier runs of the same training counted in; infinite: steps alone count
    steps: int | None = None  # at most so many
    crop: int = 256  # px
    batch: int = 4  # samples per step over all processes, a multiple of 4 for each process
    fixed_crops: int = 0  # if given, so many crops of photos in all: what the losses see in them is computed once
    one_photo: bool = False  # the crops of a group, whose style statistics are pooled, come from one photo
    learning_rate: float = 1e-3  # of the generator; decays with the square root of the time left
    warm_up: int = 50  # steps until the learning rates are reached
    encoder_rate: float = 4e-4
    discriminator_rate: float = 2e-4
    ema_images: float = 2000  # half-life of the weight average, in images
    ema_ramp: float = 0.1  # it is at most this part of the images seen: early weights are soon forgotten
    discriminator_pause: int = 0  # steps in which the discriminator rests after each of its own
    seed: int = 0


@dataclass(frozen=True)
class Progress:
    """What the observer of a training is told after each step."""

    step: int
    images: int
    seconds: float  # of the whole training, earlier runs counted in
    done: float  # part of the budget that is spent, 0..1
    losses: dict[str, float]


class Painter(nn.Module):
    """What is trained: the generator, the style encoder and an offset of the code for each built-in style."""

    def __init__(self, generator: Generator, encoder: StyleEncoder, builtin_styles: int):
        super().__init__()
        self.generator, self.encoder = generator, encoder
        self.offsets = nn.Parameter(0.7 * torch.randn(builtin_styles, generator.config.style_dim))

    def code(self, statistics: Tensor, builtin: Tensor) -> Tensor:
        """Style codes of style statistics; builtin ``[N]``: number of the built-in style, −1 for none."""
        offsets = F.pad(self.offsets, (0, 0, 1, 0))  # a row of zeros for −1
        return self.encoder.encode(statistics) + offsets[builtin + 1]

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The paintings of a batch and their style codes."""
        w = self.code(batch.statistics, batch.builtin)
        return self.generator(batch.content, w, batch.z, batch.noise), w


class Trainer:
    """Trains a painter and a discriminator; ``run`` yields its progress after each step."""

    def __init__(
        self,
        config: TrainConfig,
        painter: Painter,
        content: ImageSet,
        styles: StyleSet,
        perceptual: nn.Module,
        output: str | Path,
        accelerator: Accelerator | None = None,
        seen_photos: SeenPhotos | None = None,
    ):
        """seen_photos: what the losses saw in fixed crops, shared by trainings that differ in style and seed alone."""
        self.config, self.output, self.content = config, Path(output), content
        self.accelerator = accelerator or Accelerator()
        processes = self.accelerator.num_processes
        if config.batch % (GROUP * processes):
            raise ValueError(f"the batch must be a multiple of {GROUP} for each of {processes} processes")
        if config.crop % STRIDE:
            raise ValueError(f"the crop must be a multiple of {STRIDE} px")
        photos = PhotoCrops(content, config.crop, config.seed, config.fixed_crops, config.one_photo)
        self.sampler = Sampler(photos, styles, config.batch, config.builtin_share, config.seed)
        place = {"device": self.accelerator.device, "memory_format": torch.channels_last}
        self.perceptual = perceptual.to(**place)
        painter = painter.to(**place)
        self.generator_config: GeneratorConfig = painter.generator.config
        discriminator = Discriminator(self.generator_config.style_dim).to(**place)
        self.average = deepcopy(painter).eval().requires_grad_(False)
        kernels = set(painter.generator.hidden_kernels())
        fast = [p for p in (*painter.generator.parameters(), painter.offsets) if p.requires_grad]
        slow = [p for p in painter.encoder.layers.parameters() if p.requires_grad]
        groups = [{"params": [p for p in fast if p not in kernels], "rate": config.learning_rate}]
        if slow:  # slower, for a fast encoder moves every code under the generator's feet
            groups.append({"params": slow, "rate": config.encoder_rate})
        judges = [{"params": discriminator.parameters(), "rate": config.discriminator_rate}]
        self.painter, self.discriminator, *optimizers = self.accelerator.prepare(
            painter,
            discriminator,
            torch.optim.Adam(groups, betas=(0.9, 0.99)),
            Muon([{"params": [p for p in fast if p in kernels], "rate": config.learning_rate}]),
            torch.optim.Adam(judges, betas=(0.5, 0.99)),
        )
        self.optimizers = dict(zip(("g", "kernels", "d"), optimizers))
        self.step, self.elapsed = 0, 0.0
        self._styles_differ = 1.0
        self._judged: dict[str, Tensor] = {}  # the discriminator's terms of last time
        self._seen_photos = {} if seen_photos is None else seen_photos

    # What is saved.

    @property
    def state_file(self) -> Path:
        return self.output / "training.safetensors"

    def save(self) -> None:
        """Write the complete training state atomically.

        Raises:
            TrainingError: weights are not a number; the state saved last stays as it was.
        """
        modules, optimizers = self._parts()
        if not all(p.isfinite().all() for module in modules.values() for p in module.parameters()):
            raise TrainingError("not a number in the weights: lower the learning rate and resume")
        if self.accelerator.is_main_process:
            judged = {name: term.item() for name, term in self._judged.items()}
            save_state(self.state_file, modules, optimizers, {"step": self.step, "elapsed": self.elapsed, **judged})

    def resume(self) -> bool:
        """Load the training state if there is one; True if so."""
        if not self.state_file.exists():
            return False
        extra = load_state(self.state_file, *self._parts())
        self.step, self.elapsed = int(extra.pop("step")), float(extra.pop("elapsed"))
        self._judged = {name: torch.tensor(float(term), device=self.accelerator.device) for name, term in extra.items()}
        return True

    def _parts(self) -> tuple[dict[str, nn.Module], dict[str, torch.optim.Optimizer]]:
        modules = {
            "painter": self.accelerator.unwrap_model(self.painter),
            "average": self.average,
            "discriminator": self.bare_discriminator,
        }
        return modules, self.optimizers

    # The loop.

    def run(self, save_minutes: float | None = 2.0, grid_minutes: float = 5.0) -> Iterator[Progress]:
        """Train until the budget is spent. The caller may stop between any two steps; the state is saved then too.

        save_minutes: time between saves of the state; None: it is never saved, for a training that nobody will resume.

        Raises:
            TrainingError: the training has gone wrong; the state saved last stays as it was.
        """
        self.output.mkdir(parents=True, exist_ok=True)
        record = LossLog(self.output / "losses.csv", self.step) if self.accelerator.is_main_process else None
        health = HealthCheck(can_win=self.config.adversarial_loss != "wasserstein")
        start = time.monotonic() - self.elapsed
        last_save = last_grid = time.monotonic()
        healthy = True
        try:
            while self.spent < 1:
                terms = self.train_step()
                self.step += 1
                (self.elapsed,) = broadcast_object_list([time.monotonic() - start])  # all must stop after the same step
                progress = Progress(self.step, self.step * self.config.batch, self.elapsed, self.spent, terms)
                if record:
                    record.add({"step": self.step, "images": progress.images, "seconds": self.elapsed, **terms})
                health.check(terms)
                now = time.monotonic()
                if save_minutes is not None and now - last_save > 60 * save_minutes:
                    self.save()
                    last_save = now
                if record and now - last_grid > 60 * grid_minutes:
                    self.save_grid()
                    last_grid = now
                yield progress
        except TrainingError:
            healthy = False
            raise
        finally:
            if healthy and save_minutes is not None:
                self.save()
            if record:
                record.close()

    @property
    def spent(self) -> float:
        """Part of the budget of time or steps that is used up, 0..1."""
        by_steps = self.step / self.config.steps if self.config.steps else 0
        return min(1.0, max(by_steps, self.elapsed / (60 * self.config.minutes)))

    def train_step(self) -> dict[str, float]:
        """One discriminator and one generator step; the value of every loss term."""
        c, g = self.config, self.generator_config
        self._set_learning_rates()
        part, parts = self.accelerator.process_index, self.accelerator.num_processes
        batch = self.sampler.draw(self.step, g.noise_dim, g.blocks, part, parts)
        painted, w = self.painter(batch)
        if c.adversarial_weight and (not self._judged or self.step % (c.discriminator_pause + 1) == 0):
            self._judged = self._discriminator_step(batch, painted.detach(), w.detach())
        loss, generator_terms = self._generator_loss(batch, painted, w.detach())
        self._descend(loss, self.painter, "g", "kernels")
        self._update_average()
        terms = {"loss": loss.detach(), **self._judged, **generator_terms}
        values = self.accelerator.reduce(torch.stack(list(terms.values())), reduction="mean").tolist()
        terms = dict(zip(terms, values))
        if self.step % PROBE_STEPS == 0:
            self._styles_differ = self._measure_styles()
        return {**terms, "styles": self._styles_differ}

    def _descend(self, loss: Tensor, module: nn.Module, *optimizers: str) -> None:
        """One step of a module's optimisers."""
        for name in optimizers:
            self.optimizers[name].zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(module.parameters(), 1.0)
        for name in optimizers:
            self.optimizers[name].step()

    def _discriminator_step(self, batch: Batch, painted: Tensor, w: Tensor) -> dict[str, Tensor]:
        c = self.config
        loss_of, _ = losses.ADVERSARIAL_LOSSES[c.adversarial_loss]
        seen = self._seen(torch.cat([batch.real, painted]), torch.cat([batch.change, batch.change]))
        judged = self.discriminator(seen, torch.cat([w, w]))
        pairs = [logits.chunk(2) for logits in judged]
        loss = sum(loss_of(real, fake) for real, fake in pairs) / len(pairs)
        if c.adversarial_loss == "wasserstein":
            penalty = losses.gradient_penalty(self.bare_discriminator, batch.real, painted, w, batch.mix)
            loss = loss + c.penalty_weight * penalty
        self._descend(loss, self.discriminator, "d")
        gap = sum((real.mean() - fake.mean()).detach() for real, fake in pairs) / len(pairs)
        return {"discriminator": loss.detach(), "gap": gap}

    def _generator_loss(self, batch: Batch, painted: Tensor, w: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        c = self.config
        features = self._features(painted)
        photo_features = self._photo_features(batch)
        statistics = losses.pool(losses.style_statistics(c.style_loss, features), GROUP)
        targets = losses.pool(batch.targets, GROUP)
        takes = losses.take_difference(painted[2::GROUP], painted[3::GROUP])
        content = losses.content_loss(
            c.content_loss, painted, batch.content, features, photo_features, c.content_scales
        )
        terms = {
            "style": losses.style_loss(statistics, targets, c.layer_weights).mean(),
            "content": content.mean(),
            "variation": losses.total_variation(painted).mean(),
            "diversity": losses.diversity_loss(takes, c.diversity_target),
        }
        if c.adversarial_weight:
            _, loss_of = losses.ADVERSARIAL_LOSSES[c.adversarial_loss]
            judge = self.bare_discriminator.requires_grad_(False)
            judged = judge(self._seen(painted, batch.change), w)
            judge.requires_grad_(True)
            terms["adversarial"] = sum(map(loss_of, judged)) / len(judged)
        loss = sum(getattr(c, f"{name}_weight") * term for name, term in terms.items())
        terms["takes"] = takes.mean()
        terms["strokes"] = losses.style_loss(statistics[:2], targets[:2], (0, 0, 1)).mean()
        return loss, {name: term.detach() for name, term in terms.items()}

    def _seen(self, images: Tensor, change: Tensor) -> Tensor:
        """What the discriminator gets to see of images."""
        return augment(images, change) if self.config.augment else images

    def _features(self, images: Tensor) -> losses.Features:
        """The pyramid in mixed precision; statistics of it are taken in full precision."""
        with self.accelerator.autocast():
            features = pyramid(self.perceptual, images)
        return [tuple(f.float() for f in layers) for layers in features]

    @torch.no_grad()
    def _photo_features(self, batch: Batch) -> losses.Features:
        """The features of a batch's photos; of fixed crops the deepest alone, which are kept as half floats."""
        if batch.crops is None:
            return self._features(batch.content)
        seen, seed = self._seen_photos, self.config.seed
        new = [n for n in set(batch.crops) if (seed, n) not in seen]
        if new:
            features = self._features(batch.content[[batch.crops.index(n) for n in new]])
            deepest = [layers[-1].half().unbind() for layers in features]
            seen |= dict(zip(((seed, n) for n in new), zip(*deepest)))
        scales = zip(*(seen[seed, n] for n in batch.crops))
        return [(torch.stack(maps).to(torch.float32, memory_format=torch.channels_last),) for maps in scales]

    @property
    def bare_discriminator(self) -> nn.Module:
        """The discriminator without the wrapper that exchanges gradients between processes."""
        return self.accelerator.unwrap_model(self.discriminator)

    def _set_learning_rates(self) -> None:
        """Linear warm-up, then the square root of the time left."""
        factor = min(1.0, (self.step + 1) / self.config.warm_up) * max(0.03, (1 - self.spent) ** 0.5)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * factor

    @torch.no_grad()
    def _update_average(self) -> None:
        """Exponential moving average of the painter; the half-life is shorter at the beginning (Karras et al. 2020)."""
        images = (self.step + 1) * self.config.batch
        half_life = min(self.config.ema_images, self.config.ema_ramp * images)
        decay = 0.5 ** (self.config.batch / max(half_life, 1e-8))
        trained = self.accelerator.unwrap_model(self.painter)
        for mean, value in zip(self.average.parameters(), trained.parameters()):
            mean.lerp_(value, 1 - decay)

    # What can be looked at.

    @torch.inference_mode()
    def _measure_styles(self) -> float:
        """How much paintings of one photo in different styles differ, 0..1: the opposite of mode collapse.

        1 where there is one style only: that says nothing.
        """
        codes = self._codes(PROBE_STYLES)
        if len(codes) < 2:
            return 1.0
        crop = self.config.crop
        photo = self.content.images[0][None, :, :crop, :crop].float() / 255
        painted = self.average.generator(photo.expand(len(codes), -1, -1, -1), codes)
        return losses.take_difference(painted[:-1], painted[1:]).mean().item()

    def _codes(self, count: int) -> Tensor:
        """Averaged codes of the first built-in styles, else of the first of the set, ``[≤ count, style_dim]``."""
        styles = self.sampler.styles
        numbers = list(range(len(styles.builtin)))[:count]
        indices = [styles.builtin[n] for n in numbers] or list(range(min(count, len(styles))))
        builtin = torch.tensor(numbers or [-1] * len(indices), device=self.accelerator.device)
        return self.average.code(styles.statistics[indices], builtin)

    @torch.inference_mode()
    def save_grid(self) -> Path:
        """Photos painted by the averaged generator in the built-in styles (else the first of the set), as a PNG."""
        content, codes = self.content, self._codes(GRID_STYLES)
        rows = []
        for i in range(min(GRID_PHOTOS, len(content))):
            photo = (content.images[i][None].float() / 255)[..., :288, :384]
            paintings = [self.average.generator(photo, w[None]) for w in codes]
            rows.append([to_image(photo), *map(to_image, paintings)])
        path = self.output / f"samples_{self.step:06d}.png"
        contact_sheet(rows).save(path)
        return path
