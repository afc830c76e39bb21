"""Match: for every place of a canvas the most similar place of a style.

The search is one product of queries and keys. Balance and noise are further columns of the same product, so they cost
nothing. Everything is deterministic: the same seed gives the same choice.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegan.interrupt import pause
from stylegan.models.noise import similarity_noise
from stylegan.models.style_memory import MemoryLevel

TEMPERATURE = 0.05  # of the soft assignment by which usage is measured
SAMPLED = 512  # queries that usage is measured on
CHUNK = 1024  # queries at a time: the table of similarities stays small at any size
GROUP = 128  # rows whose best is found at once
NEVER = -10.0  # handicap of a row that is there to fill a group


def match(queries: Tensor, level: MemoryLevel, height: int, width: int, seed: float, balance: int) -> Tensor:
    """The number of the chosen row for each query, ``[h·w, 96]`` → ``[h·w]``.

    Args:
        queries: unit length, of places in a map of ``height × width``.
        seed: of the noise field; 0 is without noise. Another seed puts other parts of the style into each area. Between
            two whole numbers both have their say: places change over from one take to the other, one by one.
        balance: rounds by which rows that are used too much are handicapped; see ``handicaps``.
    """
    noise, loadings = (part.to(queries) for part in similarity_noise(seed, len(level.keys), height, width))
    keys = torch.cat([level.keys, handicaps(queries, level, balance)[:, None], loadings], 1)
    filters = _whole_groups(keys, queries.shape[1])
    columns = (queries, queries.new_ones(len(queries), 1), noise)
    parts = zip(*(column.split(CHUNK) for column in columns))
    return torch.cat([_most_similar(torch.cat(part, 1), filters) for part in parts])


def _whole_groups(keys: Tensor, handicap: int) -> Tensor:
    """Keys ``[M, K]`` as the filters of a convolution, filled up to whole groups. handicap: number of that column."""
    filled = F.pad(keys, (0, 0, 0, -len(keys) % GROUP))
    filled[len(keys) :, handicap] = NEVER
    return filled[:, :, None, None].contiguous(memory_format=torch.channels_last)


def _most_similar(queries: Tensor, filters: Tensor) -> Tensor:
    """The number of the best of M rows for each of n queries.

    On a CPU a 1×1 convolution takes half the time of the matrix product, and ``amax`` a tenth of that of ``argmax``.
    """
    pause()
    row_of_pixels = queries[None, None].permute(0, 3, 1, 2)  # [1, K, 1, n], channels last
    similarities = F.conv2d(row_of_pixels, filters).permute(0, 2, 3, 1).reshape(len(queries), -1, GROUP)
    group = similarities.amax(2).argmax(1)
    within = similarities[torch.arange(len(queries), device=queries.device), group].argmax(1)
    return group * GROUP + within


def handicaps(queries: Tensor, level: MemoryLevel, rounds: int) -> Tensor:
    """What to add to the similarities of each row, ``[M]``, so that rows are used in their shares.

    Without it, a flat sky uses the one most typical row for ever: collapse. Usage is measured by a softmax over the
    rows and corrected by its square root in each round (a damped Sinkhorn iteration, Cuturi 2013).
    """
    if not rounds:
        return queries.new_zeros(len(level.keys))
    sample = queries[:: max(1, len(queries) // SAMPLED)]
    kernel = torch.exp((sample @ level.keys.T - 1) / TEMPERATURE)
    scale = torch.ones_like(level.shares)
    for _ in range(rounds):
        usage = scale * ((1 / (kernel @ scale)) @ kernel) / len(sample)
        scale = scale * (usage / level.shares + 1e-4).rsqrt()
    return TEMPERATURE * scale.log()
