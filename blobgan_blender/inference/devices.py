"""Which device computes: chosen by name or by trying, never by what a library says it supports."""

from __future__ import annotations

import logging
import os

import torch

from ..core.errors import BlobGANError

logger = logging.getLogger(__name__)

VARIABLE = "BLOBGAN_DEVICE"
_BEST_FIRST = ("cuda", "xpu", "mps", "cpu")


def pick_device(name: str | None = None) -> torch.device:
    """The named device, else that of `BLOBGAN_DEVICE`, else the first of CUDA, XPU, MPS, CPU that really computes.

    Raises:
        BlobGANError: a device was asked for by name and does not compute here.
    """
    wanted = name or os.environ.get(VARIABLE)
    if wanted:
        problem = probe(wanted)
        if problem:
            raise BlobGANError(f"The device “{wanted}” cannot be used here: {problem}. Choose another, or cpu.")
        return torch.device(wanted)
    for candidate in _BEST_FIRST:
        problem = probe(candidate)
        if problem is None:
            return torch.device(candidate)
        logger.debug("%s: %s", candidate, problem)
    raise BlobGANError("torch cannot compute on any device here, not even the CPU. Install torch again.")


def probe(name: str) -> str | None:
    """None if a small convolution on the device gives the right numbers, else what went wrong."""
    try:
        device = torch.device(name)
        image = torch.arange(64.0).reshape(1, 1, 8, 8).to(device)
        result = torch.nn.functional.conv2d(image, torch.ones(1, 1, 3, 3, device=device), padding=1)
        if float(result[0, 0, 4, 4].cpu()) != 9 * 36.0:
            return "it computed a convolution wrongly"
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        return str(error).strip().split("\n")[0] or type(error).__name__
    return None


def device_name(device: torch.device) -> str:
    """What a person calls it: the GPU's name, or the device's type."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "xpu":
        return torch.xpu.get_device_name(device)
    return {"mps": "Apple GPU", "cpu": "CPU"}.get(device.type, str(device))
