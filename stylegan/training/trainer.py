"""The training loop: alternate discriminator and decoder steps within a time budget, resumable at any point."""

import math
import time
from collections import abc
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn

from stylegan.errors import TrainingError
from stylegan.formats.safe_write import delete_unfinished
from stylegan.images import contact_sheet, to_image
from stylegan.models.decoder import Discriminator
from stylegan.models.generator import Generator
from stylegan.models.precision import autocast
from stylegan.training import losses
from stylegan.training.augment import augment
from stylegan.training.batches import Batch, BatchSampler
from stylegan.training.config import TrainConfig
from stylegan.training.data import ImageTensors
from stylegan.training.monitor import HealthCheck, LossLog, probe
from stylegan.training.practice import Given, Practice
from stylegan.training.state import load_state, save_state
from stylegan.training.style_dataset import StyleDataset

STATE_FILE = "training.safetensors"
GRID_PHOTOS, GRID_STYLES = 4, 8
PROBE_STEPS, PROBE_STYLES = 50, 2  # steps between probes, and in how many styles the probe is painted
LAST_RATE = 0.05  # part of the budget that the learning rate takes to be left at the end
EMA_RAMPUP = 0.08  # the average's half-life is at most this part of the samples seen: early weights are soon forgotten


@dataclass(frozen=True)
class Progress:
    """The state of a training after a step."""

    step: int
    images: int
    seconds: float  # of the whole training, earlier runs counted in
    done: float  # part of the budget that is spent, 0..1
    losses: dict[str, float]


class Trainer:
    """Trains a generator's decoder and a discriminator; ``run`` yields its progress after each step."""

    def __init__(
        self,
        config: TrainConfig,
        generator: Generator,
        photos: ImageTensors,
        styles: StyleDataset,
        output: str | Path,
        accelerator: Accelerator | None = None,
        discriminator_weights: dict[str, Tensor] | None = None,
    ):
        """generator: the one to train. discriminator_weights: to start from; ignored where they do not fit.

        Raises:
            ValueError: a batch that cannot be shared among the processes.
        """
        self.config, self.output, self.photos, self.styles = config, Path(output), photos, styles
        self.accelerator = accelerator or Accelerator()
        if config.batch % (2 * self.accelerator.num_processes):
            raise ValueError(
                f"the batch must be a multiple of 2 for each of {self.accelerator.num_processes} processes"
            )
        device_kwargs = {"device": self.accelerator.device, "memory_format": torch.channels_last}
        self.generator = generator.to(**device_kwargs)
        self.ema = deepcopy(self.generator).eval().requires_grad_(False)
        self.sampler = BatchSampler(photos, styles, config)
        self.practice = Practice(config, self.generator, styles)
        discriminator = Discriminator().to(**device_kwargs)
        if discriminator_weights and fits(discriminator, discriminator_weights):
            discriminator.load_state_dict(discriminator_weights)
        decoder = self.generator.decoder.requires_grad_(True)
        self.decoder, self.discriminator, *optimizers = self.accelerator.prepare(
            decoder,
            discriminator,
            torch.optim.Adam(decoder.parameters(), config.learning_rate, betas=(0.9, 0.99)),
            torch.optim.Adam(discriminator.parameters(), config.discriminator_rate, betas=(0.5, 0.99)),
        )
        self.optimizers: dict[str, torch.optim.Optimizer] = dict(zip(("g", "d"), optimizers))
        self.step, self.elapsed, self.minutes = 0, 0.0, config.minutes  # the budget may be shortened before the run
        self._probed: dict[str, float] = {}

    # What is saved.

    @property
    def state_file(self) -> Path:
        return self.output / STATE_FILE

    def save(self) -> None:
        """Write the complete training state atomically.

        Raises:
            TrainingError: weights are not a number; the state saved last stays as it was.
        """
        modules = self._modules()
        if not all(p.isfinite().all() for module in modules.values() for p in module.parameters()):
            raise TrainingError("not a number in the weights: lower the learning rate and resume")
        if self.accelerator.is_main_process:
            save_state(self.state_file, modules, self.optimizers, {"step": self.step, "elapsed": self.elapsed})

    def resume(self) -> bool:
        """Load the training state if there is one; True if so."""
        if self.accelerator.is_main_process:
            delete_unfinished(self.output, 0)
        if not self.state_file.exists():
            return False
        extra = load_state(self.state_file, self._modules(), self.optimizers)
        self.step, self.elapsed = int(extra["step"]), float(extra["elapsed"])
        return True

    def _modules(self) -> dict[str, nn.Module]:
        ema = self.ema.decoder  # "average" in the file, as it has always been
        return {"decoder": self.generator.decoder, "average": ema, "discriminator": self.bare_discriminator}

    # The loop.

    def run(self, save_minutes: float | None = 2.0, grid_minutes: float = 10.0) -> abc.Generator[Progress, None, None]:
        """Train until the budget is spent. The caller may stop between any two steps; the state is saved then too.

        save_minutes: time between saves of the state; None: it is never saved, for a training that nobody will resume.

        Raises:
            TrainingError: the training has gone wrong; the state saved last stays as it was.
        """
        self.output.mkdir(parents=True, exist_ok=True)
        record = LossLog(self.output / "losses.csv", self.step) if self.accelerator.is_main_process else None
        health = HealthCheck(check_discriminator=self.config.adversarial_loss != "wasserstein")
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
        return min(1.0, max(by_steps, self.elapsed / (60 * self.minutes)))

    def train_step(self) -> dict[str, float]:
        """One discriminator and one decoder step; the value of every loss term."""
        c = self.config
        self._set_learning_rates()
        if not self._probed or self.step % PROBE_STEPS == 0:
            self._probed = self._probe()
        batch = self.sampler.draw(self.step, self.accelerator.process_index, self.accelerator.num_processes)
        given = self.practice.give(batch)
        with self._autocast():
            decoded = self.decoder(given.features)
        decoded = decoded.float()
        painted = decoded[len(batch.rebuilt) : 2 * len(batch.rebuilt)]
        terms = self._discriminator_step(batch, given, painted.detach()) if c.adversarial_weight else {}
        weighed = self.practice.losses(batch, given, decoded)
        if c.adversarial_weight:
            weighed["adversarial"] = self._adversarial(batch, given, painted)
        loss = cast(Tensor, sum(getattr(c, f"{name}_weight") * term for name, term in weighed.items()))
        gradient = self._descend(loss, "g", self.decoder, clip=1.0)
        self._update_ema()
        terms = {"loss": loss, "gradient": gradient, **terms, **weighed}
        values = self.accelerator.reduce(torch.stack([t.detach() for t in terms.values()]), reduction="mean")
        return {**dict(zip(terms, cast(Tensor, values).tolist())), **self._probed}

    def _descend(self, loss: Tensor, optimizer: str, module: nn.Module, clip: float = math.inf) -> Tensor:
        """One step; the norm of the gradient before it was clipped."""
        self.optimizers[optimizer].zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        norm = self.accelerator.clip_grad_norm_(module.parameters(), clip)
        self.optimizers[optimizer].step()
        return cast(Tensor, norm)

    def _discriminator_step(self, batch: Batch, given: Given, painted: Tensor) -> dict[str, Tensor]:
        c = self.config
        loss_of, _ = losses.ADVERSARIAL_LOSSES[c.adversarial_loss]
        images = torch.cat([batch.real, painted])
        images = self._augmented(images, torch.cat([batch.augment_params, batch.augment_params]))
        with self._autocast():
            logits = self.discriminator(images, torch.cat([given.condition, given.condition]))
        real, fake = logits.float().chunk(2)
        loss = loss_of(real, fake)
        if c.adversarial_loss == "wasserstein":
            critic = self.bare_discriminator
            penalty = losses.gradient_penalty(critic, batch.real, painted, given.condition, batch.mix)
            loss = loss + c.gp_weight * penalty
        gradient = self._descend(loss, "d", self.discriminator)
        ranked = (real > fake).float().mean()  # whatever the loss calls real: pairs of patches, 0.5 by chance
        return {
            "discriminator": loss.detach(),
            "discriminator_gradient": gradient,
            "accuracy": ranked,
            "logit_gap": (real.mean() - fake.mean()).detach(),
        }

    def _adversarial(self, batch: Batch, given: Given, painted: Tensor) -> Tensor:
        """The generator's adversarial loss; the discriminator's weights get no gradient."""
        _, loss_of = losses.ADVERSARIAL_LOSSES[self.config.adversarial_loss]
        discriminator = self.bare_discriminator.requires_grad_(False)
        with self._autocast():
            logits = discriminator(self._augmented(painted, batch.augment_params), given.condition)
        discriminator.requires_grad_(True)
        return loss_of(logits.float())

    def _augmented(self, images: Tensor, params: Tensor) -> Tensor:
        """Images as the discriminator sees them."""
        augmented = augment(images, params) if self.config.augment else images
        return augmented.contiguous(memory_format=torch.channels_last)

    def _autocast(self):
        return autocast(self.accelerator.device, self.config.precision)

    @property
    def bare_discriminator(self) -> nn.Module:
        """The discriminator without the wrapper that exchanges gradients between processes."""
        return self.accelerator.unwrap_model(self.discriminator)

    def _set_learning_rates(self) -> None:
        """Linear warm-up, then the square root of the time left."""
        factor = min(1.0, (self.step + 1) / self.config.warmup_steps) * max(LAST_RATE, 1 - self.spent) ** 0.5
        for name, rate in (("g", self.config.learning_rate), ("d", self.config.discriminator_rate)):
            for group in self.optimizers[name].param_groups:
                group["lr"] = factor * rate

    @torch.no_grad()
    def _update_ema(self) -> None:
        """Exponential moving average of the decoder; its half-life is shorter at the beginning (Karras et al. 2020)."""
        half_life = min(self.config.ema_halflife_images, EMA_RAMPUP * (self.step + 1) * self.config.batch)
        decay = 0.5 ** (self.config.batch / half_life)
        for mean, value in zip(self.ema.decoder.parameters(), self.generator.decoder.parameters()):
            mean.lerp_(value, 1 - decay)

    # What can be looked at.

    def _probe(self) -> dict[str, float]:
        crop = self.config.crop
        photo = self.photos.images[0][None, :, :crop, :crop].float() / 255
        memories = [self.styles.memory(i) for i in range(min(PROBE_STYLES, len(self.styles)))]
        return probe(self.ema, photo, memories)

    @torch.no_grad()
    def save_grid(self) -> Path:
        """Photos painted by the averaged generator in the first styles, as a PNG."""
        memories = [self.styles.memory(i) for i in range(min(GRID_STYLES, len(self.styles)))]
        rows = []
        for image in self.photos.images[:GRID_PHOTOS]:
            photo = (image[None].float() / 255)[..., :288, :384]
            rows.append([to_image(photo), *(to_image(self.ema(photo, memory)) for memory in memories)])
        path = self.output / f"samples_{self.step:06d}.png"
        contact_sheet(rows).save(path)
        return path


def fits(module: nn.Module, weights: dict[str, Tensor]) -> bool:
    """Whether weights have the names and shapes of a module's own."""
    shapes = {name: tensor.shape for name, tensor in module.state_dict().items()}
    return shapes == {name: tensor.shape for name, tensor in weights.items()}
