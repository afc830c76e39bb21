"""Distil the lens from VGG-19: predict the principal coordinates of its features.

The lens starts from a closed form: each of its layers imitates the VGG channels that best span the others, solved by
least squares on what the layer below really delivers (as He et al. 2017 prune channels). Gradient descent does the
rest.
"""

import logging
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from stylegan.images import image_files
from stylegan.models.perceptual import Lens, load_lens, load_perceptual
from stylegan.training.data import ImageTensors, load_uint8, varied_crops
from stylegan.training.losses import gram_matrix

PEAK_RATE = 4e-4
CROP, BATCH = 128, 8  # px, and crops per step
FIT_BATCHES = 16  # that the closed form is fitted to
log = logging.getLogger(__name__)


def principal_directions(network: nn.Module, batches: list[Tensor], keep: tuple[int, ...]) -> list[Tensor]:
    """For each layer the leading eigenvectors ``[C, keep]`` of the mean Gram matrix, uncentred as style losses are."""
    grams = [
        sum(layer) / len(batches) for layer in zip(*([gram_matrix(f).mean(0) for f in network(b)] for b in batches))
    ]
    bases = []
    for gram, count in zip(grams, keep):
        values, vectors = torch.linalg.eigh(gram)
        log.info(
            "%d of %d directions hold %.2f %% of the energy",
            count,
            len(values),
            100 * values[-count:].sum() / values.sum(),
        )
        bases.append(vectors[:, -count:].flip(1))
    return bases


@torch.no_grad()
def initialize(lens: Lens, teacher: nn.Module, batches: list[Tensor], projections: list[Tensor]) -> None:
    """Set the lens, layer by layer, to the least-squares imitation of selected channels of the teacher."""
    hidden = batches
    for index, name in enumerate(("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")):
        layer = getattr(lens, name)
        targets = [_preactivation(teacher, name, batch) for batch in batches]
        grams = torch.stack([gram_matrix(F.relu(t)).mean(0) for t in targets]).sum(0)
        chosen = spanning_channels(grams, layer.out_channels)
        _fit(layer, hidden, [t[:, chosen] for t in targets])
        hidden = [F.relu(layer(h)) for h in hidden]
        if name in ("conv1_1", "conv2_1", "conv3_1"):
            goal = [F.conv2d(F.relu(t), projections[index // 2]) for t in targets]
            _fit(cast(nn.Conv2d, lens.heads[index // 2]), hidden, goal)
        else:
            hidden = [F.max_pool2d(h, 2) for h in hidden]


def refit_heads(lens: Lens, teacher: nn.Module, batches: list[Tensor], projections: list[Tensor]) -> None:
    """Turn the heads of a lens to other principal directions; what is below them stays."""
    hidden = list(zip(*map(lens.hidden, batches)))
    goals = [[F.conv2d(f, p) for f, p in zip(teacher(batch), projections)] for batch in batches]
    for head, inputs, targets in zip(lens.heads, hidden, zip(*goals)):
        _fit(cast(nn.Conv2d, head), inputs, targets)


def spanning_channels(gram: Tensor, count: int) -> list[int]:
    """Greedy pivoted Cholesky: the channels whose span leaves the least energy of the others unexplained."""
    residual, chosen = gram.double().clone(), []
    for _ in range(count):
        explained = residual.pow(2).sum(0) / residual.diagonal().clamp(min=1e-9)
        explained[chosen] = -1
        pivot = int(explained.argmax())
        chosen.append(pivot)
        column = residual[:, pivot] / residual[pivot, pivot].clamp(min=1e-9).sqrt()
        residual -= column[:, None] * column[None, :]
    return chosen


def _preactivation(teacher: nn.Module, name: str, batch: Tensor) -> Tensor:
    captured = []
    handle = getattr(teacher, name).register_forward_hook(lambda module, args, output: captured.append(output))
    teacher(batch)
    handle.remove()
    return captured[0]


def _fit(layer: nn.Conv2d, inputs: Sequence[Tensor], targets: Sequence[Tensor], samples: int = 3000) -> None:
    """Least squares for a convolution, on random positions of each batch."""
    k = layer.kernel_size[0]
    design, goal = [], []
    for x, y in zip(inputs, targets):
        x = F.pad(x, (k // 2,) * 4, mode="reflect") if k > 1 else x
        columns = F.unfold(x.contiguous(), k).transpose(1, 2).flatten(0, 1)
        rows = torch.randint(len(columns), (samples,))
        design.append(F.pad(columns[rows], (0, 1), value=1))
        goal.append(y.flatten(2).transpose(1, 2).flatten(0, 1)[rows])
    a, b = torch.cat(design).double(), torch.cat(goal).double()
    ridge = 1e-5 * (a.T @ a).diagonal().mean() * torch.eye(a.shape[1])
    solution = torch.linalg.solve(a.T @ a + ridge, a.T @ b).float().T
    layer.weight.copy_(solution[:, :-1].reshape(layer.weight.shape))
    layer.get_parameter("bias").copy_(solution[:, -1])


def distill(
    teacher_file: Path,
    content: Path,
    styles: Path,
    output: Path,
    minutes: float,
    base: Path | None = None,
    seed: int = 0,
) -> None:
    """Train a lens for the given minutes and write it in half precision.

    base: a lens to go on with, instead of the closed form.
    """
    rng = random.Random(seed)
    torch.manual_seed(seed)
    teacher = load_perceptual(teacher_file).to(memory_format=torch.channels_last)
    images = ImageTensors(
        [load_uint8(f, 320) for f in image_files(content)] + [load_uint8(f, 480) for f in image_files(styles)]
    )
    lens = (load_lens(base).requires_grad_(True) if base else Lens()).to(memory_format=torch.channels_last)

    batches = [varied_crops(images, CROP, BATCH, rng) for _ in range(FIT_BATCHES)]
    with torch.no_grad():
        bases = principal_directions(teacher, batches, lens.channels)
        projections = [basis.T[:, :, None, None] for basis in bases]
        if base:
            refit_heads(lens, teacher, batches, projections)
        else:
            initialize(lens, teacher, batches, projections)
    optimizer = torch.optim.Adam(lens.parameters(), lr=PEAK_RATE, betas=(0.9, 0.99))
    start, step, running = time.monotonic(), 0, None
    while (progress := (time.monotonic() - start) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * min(1, (step + 1) / 50) * max(0.01, 1 - progress)
        batch = varied_crops(images, CROP, BATCH, rng).contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            targets = [F.conv2d(f, p) for f, p in zip(teacher(batch), projections)]
        terms = torch.stack([t for f, target in zip(lens(batch), targets) for t in _terms(f, target)])
        optimizer.zero_grad(set_to_none=True)
        (terms.sum()).backward()
        nn.utils.clip_grad_norm_(lens.parameters(), 1.0)
        optimizer.step()
        running = terms.detach() if running is None else 0.98 * running + 0.02 * terms.detach()
        if step % 50 == 0:
            log.info(
                "step %d, %.0f %%: pixel and Gram errors by layer %s",
                step,
                100 * progress,
                " ".join(f"{v:.4f}" for v in running),
            )
        step += 1
    weights = {name: tensor.half().contiguous() for name, tensor in lens.state_dict().items()}
    save_file(weights, output, metadata={"kind": "atelier-lens", "steps": str(step), "license": "Apache-2.0"})


def _terms(features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Squared error of the features and of their Gram matrices, each relative to the target's energy."""
    pixel = (features - target).pow(2).mean() / target.pow(2).mean()
    a, b = gram_matrix(features), gram_matrix(target)
    return pixel, ((a - b).pow(2).sum((1, 2)) / b.pow(2).sum((1, 2))).mean()
