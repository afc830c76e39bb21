"""Teach the generator one more style from a few pictures: the pretraining's loop on a frozen base."""

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from PIL import Image, ImageOps
from torch import Tensor

from stylegan import losses
from stylegan.adapter import adapt, change, learnt
from stylegan.checkpoints import Checkpoint, load_discriminator
from stylegan.data import ImageSet, color_variant, load_uint8
from stylegan.errors import SettingError, StyleError
from stylegan.images import load_image, resize, style_view, to_image, to_tensor
from stylegan.networks import StyleEncoder
from stylegan.objective import USUAL, Objective
from stylegan.packs import MAX_PICTURES, PREVIEW_SIDE, PackFacts, StylePack, clean_name
from stylegan.perceptual import load_perceptual, pyramid
from stylegan.samples import sample_photos
from stylegan.styleset import SHORT_SIDE, Style, StyleSet, measure
from stylegan.trainer import Painter, SeenPhotos, TrainConfig, Trainer

PHOTO_SHORT_SIDE = 288  # px
PREVIEW_SECONDS = 2.0
NOTHING = 1e-5  # of the greatest energy of a Gram matrix: a twentieth of the brightness
FINETUNING = TrainConfig(
    crop=160,
    builtin_share=1.0,
    variation_weight=0.02,
    augment=True,
    learning_rate=2.5e-3,
    warm_up=10,
    ema_images=400,
    fixed_crops=160,
    discriminator_pause=1,
)
# The base keeps the photo well; what is short here is time to take the style. The losses differ in size.
CONTENT_WEIGHTS = {"perceptual": 0.03, "ssim": 0.06, "mse": 0.6}
FAR = 0.12  # style distance from which on it may cost the photo most
MAX_CARE = 2.5
PROBES = 2  # sample photos by which the distance is judged


@dataclass(frozen=True)
class FinetuneProgress:
    """One event of a fine-tuning."""

    step: int
    seconds: float  # since the start, earlier runs counted in
    left: float  # seconds; infinite: cannot be told yet
    done: float  # part of the budget, 0..1
    losses: dict[str, float] = field(default_factory=dict)
    preview: list[Image.Image] | None = None  # the preview photos as painted now; None: not painted anew
    pack: StylePack | None = None  # with the last event: what was learnt


class OneStyle(StyleSet):
    """Several pictures of one style: the discriminator sees them all, code and style loss their mean."""

    def __init__(self, images: ImageSet, statistics: Tensor, targets: list[list[Tensor]], grams: list[list[Tensor]]):
        """grams: Gram matrices of the style by scale and layer, whatever statistics its targets are."""
        super().__init__(images, [0], statistics, targets)
        self.grams = grams

    def draw(self, rng: random.Random, builtin_share: float, samples: int) -> list[Style]:
        return [Style(rng.randrange(len(self)), 0) for _ in range(samples)]


def finetune(
    checkpoint: Checkpoint,
    pictures: Sequence[str | Path | Image.Image],
    name: str,
    folder: Path,
    *,
    minutes: float = 3.0,
    steps: int | None = None,
    photos: Sequence[str | Path | Image.Image] = (),
    preview: Sequence[Image.Image] = (),
    license: str = "",
    objective: Objective = USUAL,
    resumable: bool = True,
    stop: Callable[[], bool] = lambda: False,
    device: str | torch.device = "cpu",
) -> Iterator[FinetuneProgress]:
    """Learn a style. The first event shows where it starts from, the last one holds the pack.

    A folder that holds a training of before is gone on with.

    Args:
        checkpoint: the base.
        pictures: 1 to 20 pictures of the style.
        name: what to call it.
        folder: for the log and the state of the training.
        minutes: time budget, preparation included. steps: if given, so many (1 at least), whatever time they take.
        photos: more photos to practise on, beside the sample photos.
        preview: photos to paint with the first and the last event, and at least 2 s apart in between.
        license: what others may do with the style, in the owner's words.
        objective: the losses to learn it with.
        resumable: save the state, so that a later call can go on; saving takes a moment at the end.
        stop: asked after every step; True ends the training, what was learnt is kept.

    Raises:
        ImageError, StyleError, SettingError: a picture, the name or a number cannot be used.
        TrainingError: the training went wrong; the message says why.
    """
    start = time.monotonic()
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise StyleError(f"A style is learnt from 1 to {MAX_PICTURES} pictures, not {len(pictures)}.")
    name = clean_name(name)
    PackFacts(license=license)  # a text that cannot be kept is refused now, not after minutes of learning
    if steps is not None and steps < 1:
        raise SettingError("A style is learnt in 1 step at least.")
    config = replace(
        FINETUNING,
        content_loss=objective.content,
        content_weight=CONTENT_WEIGHTS[objective.content],
        style_loss=objective.style,
        adversarial_loss=objective.adversarial,
        minutes=float("inf") if steps else minutes,
        steps=steps,
    )
    network, content = load_perceptual("lens"), practice_photos(photos, config.seed)
    trainer = finetuning(checkpoint, pictures, content, network, folder, config, torch.device(device))
    trainer.config = replace(config, content_weight=config.content_weight * _care(trainer))
    trainer.resume()
    if not steps:
        setup = (time.monotonic() - start) / 60
        trainer.config = replace(trainer.config, minutes=max(minutes - setup, 0.05))
    canvas = [to_tensor(photo).to(device) for photo in preview]
    left = 60 * trainer.config.minutes * (1 - trainer.spent)
    yield FinetuneProgress(trainer.step, trainer.elapsed, left, trainer.spent, preview=paint(trainer, canvas))
    first, began = trainer.spent, time.monotonic()
    painted_at = began
    events = trainer.run(save_minutes=0.5 if resumable else None, grid_minutes=float("inf"))
    for progress in events:
        now = time.monotonic()
        due = bool(canvas) and now - painted_at >= PREVIEW_SECONDS
        painted_at = now if due else painted_at
        yield FinetuneProgress(
            step=progress.step,
            seconds=progress.seconds,
            left=(now - began) * (1 - progress.done) / max(progress.done - first, 1e-9),
            done=progress.done,
            losses=progress.losses,
            preview=paint(trainer, canvas) if due else None,
        )
        if stop():
            events.close()
            break
    pack = to_pack(trainer, checkpoint, name, PackFacts(license=license, objective=str(objective)))
    yield FinetuneProgress(trainer.step, trainer.elapsed, 0.0, 1.0, preview=paint(trainer, canvas), pack=pack)


def work_folder(output: Path, pictures: Sequence[Path], checkpoint: Checkpoint, objective: Objective) -> Path:
    """Where the training that writes ``output`` keeps its state; another one for other pictures, base or losses.

    Raises:
        ImageError: a picture is not there.
    """
    digest = hashlib.sha256(f"{checkpoint.digest} {objective}".encode())
    for picture in pictures:
        load_image(picture)  # says what is wrong with it
        digest.update(hashlib.sha256(picture.read_bytes()).digest())
    return output.with_name(f".{output.name}.{digest.hexdigest()[:12]}.training")


def finetuning(
    checkpoint: Checkpoint,
    pictures: Sequence[str | Path | Image.Image],
    content: Sequence[Tensor],
    network: torch.nn.Module,
    folder: Path,
    config: TrainConfig,
    device: torch.device,
    known: StylePack | None = None,
    seen_photos: SeenPhotos | None = None,
) -> Trainer:
    """A trainer of the changes to a checkpoint's generator that bring it to one style.

    content: uint8 photos ``[3, H, W]``. network: what the losses look through, see ``load_perceptual``.
    known: what the style has learnt before; None: it begins with the mean of the codes that the encoder gives the
    pictures. seen_photos: see ``Trainer``.
    """
    cuda = device.type == "cuda"
    accelerator = Accelerator(cpu=not cuda, mixed_precision="bf16" if cuda else "no")
    torch.manual_seed(config.seed)
    network = network.to(device)
    encoder = deepcopy(checkpoint.encoder).to(device)
    images = [load_uint8(style_view(load_image(picture), SHORT_SIDE), SHORT_SIDE) for picture in pictures]
    styles, codes = _one_style(ImageSet(images, device), encoder, network, config.style_loss)
    generator = deepcopy(checkpoint.generator).to(device)
    if known:
        change(generator, known.changes)
    adapt(generator)
    painter = Painter(generator, encoder, builtin_styles=1)
    encoder.requires_grad_(False)
    with torch.no_grad():
        mean = codes.mean(0)
        code = known.code.to(device) if known else mean * mean.pow(2).mean().rsqrt()  # at the length that codes have
        painter.offsets.copy_(code - encoder.encode(styles.statistics[:1]))
    photos = ImageSet(list(content), device)
    trainer = Trainer(config, painter, photos, styles, network, folder, accelerator, seen_photos)
    judge = load_discriminator(checkpoint.folder)
    if judge:
        trainer.bare_discriminator.load_state_dict(judge)
    return trainer


@torch.no_grad()
def _one_style(
    pictures: ImageSet, encoder: StyleEncoder, network: torch.nn.Module, style_loss: str
) -> tuple[OneStyle, Tensor]:
    """The pictures as one style, and the style code of each."""
    flat = measure(pictures, encoder, network, style_loss)
    codes = encoder.encode(flat["statistics"])
    statistics = flat["statistics"].mean(0, keepdim=True).expand_as(flat["statistics"])
    targets = _targets(flat)
    grams = targets if style_loss == "gram" else _targets(measure(pictures, encoder, network, "gram"))
    return OneStyle(pictures, statistics, targets, grams), codes


def _targets(measured: dict[str, Tensor]) -> list[list[Tensor]]:
    return [[_middle(measured[f"target {s} {layer}"]) for layer in range(3)] for s in range(3)]


def _middle(targets: Tensor) -> Tensor:
    """The target of least mean distance to several, ``[N, …]``, repeated N times.

    Distances are relative to each target's energy, so a plain mean would follow the brightest picture. A picture that
    is all but black would outweigh the others in its turn: it has no say.
    """
    energy = targets.pow(2).sum((1, 2), keepdim=True)
    weights = torch.where(energy > NOTHING * energy.max(), 1 / energy, 0)
    return ((weights * targets).sum(0, keepdim=True) / weights.sum().clamp_min(1e-8)).expand_as(targets)


def practice_photos(photos: Sequence[str | Path | Image.Image], seed: int) -> list[Tensor]:
    """The user's photos and the sample photos, each also in other colours: few photos are not to be learnt by heart."""
    rng = random.Random(seed)
    images = [load_uint8(photo, PHOTO_SHORT_SIDE) for photo in (*photos, *sample_photos())]
    return [*images, *(color_variant(image, rng) for image in images)]


def _code(trainer: Trainer) -> Tensor:
    """The averaged style code, ``[1, style_dim]``."""
    statistics = trainer.sampler.styles.statistics[:1]
    return trainer.average.code(statistics, torch.zeros(1, dtype=torch.long, device=statistics.device))


@torch.inference_mode()
def paint(trainer: Trainer, photos: list[Tensor]) -> list[Image.Image]:
    """Photos ``[1, 3, H, W]`` as the averaged generator paints them now."""
    w = _code(trainer)
    return [to_image(trainer.average.generator(photo, w)) for photo in photos]


@torch.no_grad()
def to_pack(trainer: Trainer, checkpoint: Checkpoint, name: str, facts: PackFacts) -> StylePack:
    """What a trainer has learnt so far; facts: what is known beside."""
    changes = learnt(trainer.average.generator, checkpoint.generator)
    photo = _probe(trainer, sample_photos()[0])
    code = _code(trainer)
    painted = trainer.average.generator(photo, code)
    preview = to_tensor(resize(to_image(painted), PREVIEW_SIDE, PREVIEW_SIDE))[0]
    return StylePack(
        name=name,
        base=checkpoint.digest,
        code=code[0].cpu(),
        changes={name: change.cpu() for name, change in changes.items()},
        facts=replace(
            facts,
            pictures=len(trainer.sampler.styles),
            steps=trainer.step,
            distances=_distances(trainer, photo, painted),
        ),
        preview=(preview * 255).round().to(torch.uint8),
    )


@torch.no_grad()
def _care(trainer: Trainer) -> float:
    """How much more than usual the photo counts, 1 to 2.5: the nearer the first paintings are to the style, the more.

    Where little is missing, it is dear: the usual weight took a portrait by Dürer from a style distance of 0.058 to
    0.044, and its content distance from 0.87 to 1.06.
    """
    photos, code = [_probe(trainer, path) for path in sample_photos()[:PROBES]], _code(trainer)
    distances = [_distances(trainer, photo, trainer.average.generator(photo, code)) for photo in photos]
    missing = sum(distance["style"] for distance in distances) / len(distances)
    return min(MAX_CARE, max(1.0, FAR / max(missing, 1e-6)))


def _probe(trainer: Trainer, path: Path) -> Tensor:
    """The middle of a photo, ``[1, 3, 256, 256]``."""
    square = ImageOps.fit(load_image(path), (2 * PREVIEW_SIDE, 2 * PREVIEW_SIDE))
    return to_tensor(square).to(trainer.accelerator.device)


def _distances(trainer: Trainer, photo: Tensor, painted: Tensor) -> dict[str, float]:
    """How far a painting is from the style and from the photo: the same measure whatever the losses were."""
    seen, original = (pyramid(trainer.perceptual, image) for image in (painted, photo))
    target = [[gram[:1] for gram in layers] for layers in trainer.sampler.styles.grams]
    style = losses.style_loss(losses.style_statistics("gram", seen), target)
    content = losses.content_perceptual(seen[0][-1], original[0][-1])
    return {"style": round(style.item(), 4), "content": round(content.item(), 4)}
