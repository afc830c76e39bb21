"""Half precision where it is faster."""

import functools
from contextlib import AbstractContextManager, nullcontext

import torch


@functools.cache
def processor_has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 by itself: convolutions then take a quarter of their time."""
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and (
            torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        )
    except (AttributeError, RuntimeError):  # neither is a public function of torch; oneDNN alone may emulate
        return False


def autocast(device: torch.device, precision: str) -> AbstractContextManager:
    """Run what is inside in bfloat16.

    precision: ``bf16``, ``fp32``, or ``auto``: bfloat16 on a GPU and on a processor that has it.
    """
    fast = device.type == "cuda" or processor_has_bf16()
    if precision == "fp32" or (precision == "auto" and not fast):
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)
