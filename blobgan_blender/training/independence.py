"""What a layout is put through while training, so that its blobs come apart: each a thing that can be moved alone.

Two additions to the paper's jitter, both from pictures alone, both off by default:

- *Mixed* layouts take each blob from another layout of the batch. Their pictures must look as real, so no blob may
  count on what the others of its layout are, and two blobs may not both be what a picture shows once.
- *Twins* are layouts of the batch once more, with one blob moved or taken away. Their pictures must look as real, and
  `disagreement` measures what else changed: what the blob shows should go along, all the rest should stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.layout import Layout
from ..model.splat import composite, scores

TWINS = 4  # of so many pictures one is a twin
FARTHEST = 0.14  # of the picture: how far a twin's blob moves at most, along each axis
TAKEN = 1 / 3  # of the twins lack their blob instead
GONE = -20.0  # size logit of a blob that is taken away
AROUND = 3.0  # added to a blob's size logit: the pixels that it may change
SEEN = 0.4  # opacity: below, a pixel is hardly the blob's own
EPSILON = 1e-4
FLAT = 1e-6  # mean squares that are small against it count as themselves rather than as their roots


@dataclass(frozen=True)
class Twins:
    """What makes the last Q layouts of a batch of N: random numbers, all of shape (Q,).

    Attributes:
        blob: in [0, 1), which of the blobs.
        across, down: in [-1, 1), of `FARTHEST`.
        kind: in [0, 1); below `TAKEN` the blob is taken away.
    """

    blob: Tensor
    across: Tensor
    down: Tensor
    kind: Tensor


@dataclass(frozen=True)
class Pairs:
    """Q twins and where in the batch their originals are.

    Attributes:
        originals: int64 (Q,).
        layout: Q layouts: the originals'.
        twins: Q layouts.
        shift: int64 (2, Q), pixels to the right and down.
        taken: bool (Q,).
        chosen: (Q, M), 1 at the blob.
    """

    originals: Tensor
    layout: Layout[Tensor]
    twins: Layout[Tensor]
    shift: Tensor
    taken: Tensor
    chosen: Tensor


def twins_of(count: int) -> int:
    """How many of `count` pictures are twins: none of fewer than eight: one would be compared with itself."""
    return count // TWINS if count >= 2 * TWINS else 0


def random_twins(count: int, generator: torch.Generator) -> Twins:
    """The numbers of so many twins."""
    numbers = torch.rand(4, count, generator=generator, device=generator.device)
    return Twins(numbers[0], numbers[1] * 2 - 1, numbers[2] * 2 - 1, numbers[3])


def mixed(layout: Layout[Tensor], order: Tensor) -> Layout[Tensor]:
    """The first K of N layouts with blobs of each other; the backgrounds stay.

    Args:
        layout: N layouts of M blobs.
        order: int64 (K, M): which of the first K layouts each blob is taken from.
    """
    k = len(order)
    if not k:
        return layout

    def taken(tensor: Tensor) -> Tensor:
        index = order.reshape(*order.shape, *[1] * (tensor.ndim - 2)).expand(-1, -1, *tensor.shape[2:])
        return torch.cat([torch.gather(tensor[:k], 0, index), tensor[k:]])

    def taken_behind_the_first(tensor: Tensor) -> Tensor:
        return torch.cat([tensor[:, :1], taken(tensor[:, 1:])], dim=1)

    return Layout(
        xs=taken(layout.xs),
        ys=taken(layout.ys),
        covs=taken(layout.covs),
        sizes=taken_behind_the_first(layout.sizes),
        features=taken_behind_the_first(layout.features),
        spatial_style=taken_behind_the_first(layout.spatial_style),
    )


def paired(layout: Layout[Tensor], numbers: Twins, side: int) -> Pairs:
    """Twins of the first layouts of a batch, which are the mixed ones; moved by whole pixels of pictures of `side`."""
    count, m = len(numbers.blob), layout.xs.shape[1]
    # Turned by one: StyleGAN2's minibatch deviation compares every n-th picture, and would compare a twin with itself.
    originals = torch.arange(count, device=layout.xs.device).roll(1)
    source = layout.map(lambda tensor: tensor[:count].roll(1, 0))
    chosen = F.one_hot((numbers.blob * m).long().clamp(max=m - 1), m).to(layout.xs.dtype)
    taken = numbers.kind < TAKEN
    shift = (torch.stack([numbers.across, numbers.down]) * FARTHEST * side).round().long() * ~taken
    step = shift.to(layout.xs.dtype) / side
    gone = chosen * taken[:, None]
    sizes = torch.cat([source.sizes[:, :1], torch.lerp(source.sizes[:, 1:], torch.full_like(chosen, GONE), gone)], 1)
    twins = Layout(
        xs=source.xs + chosen * step[0][:, None],
        ys=source.ys + chosen * step[1][:, None],
        covs=source.covs,
        sizes=sizes,
        features=source.features,
        spatial_style=source.spatial_style,
    )
    return Pairs(originals, source, twins, shift, taken, chosen)


def disagreement(pairs: Pairs, pictures: Tensor, twins: Tensor) -> Tensor:
    """How far twins are from what they should show, in root mean squares: the moved blob, and the rest of the picture.

    Roots of squares, because what matters is small: a thin lamp that fails to come along, a plant that appears where
    nothing should, is a few pixels that are wholly wrong, which a mean of differences hardly notices.

    Args:
        pairs: Q of them.
        pictures: (Q, 3, H, W), of the originals; no gradient flows to them.
        twins: (Q, 3, H, W), theirs.

    Returns:
        A scalar. 0 where everything around the blob stayed as it was and what it shows moved along, pixel by pixel.
    """
    side, pictures = pictures.shape[-1], pictures.detach()
    with torch.no_grad():
        before, near_before = _seen(pairs.layout, pairs.chosen, side)
        after, near_after = _seen(pairs.twins, pairs.chosen, side)
        moved = _shifted(pictures, pairs.shift)
        # Where the blob was and is in front: what another one hides is no fault of its own.
        own = torch.minimum(_shifted(before, pairs.shift), after) * _inside(pairs.shift, side)
        own = own * (own >= SEEN) * ~pairs.taken[:, None, None, None]
        rest = 1 - torch.maximum(near_before, near_after)
    went_along = _root_mean_square(twins - moved, own)
    stayed = _root_mean_square(twins - pictures, rest)
    return went_along + stayed


def _root_mean_square(difference: Tensor, weight: Tensor) -> Tensor:
    """Of (Q, 3, H, W) over the pixels of each picture by weight (Q, 1, H, W), then the mean over the pictures."""
    squares = (difference.square().mean(dim=1, keepdim=True) * weight).sum(dim=(1, 2, 3))
    mean = squares / (weight.sum(dim=(1, 2, 3)) + EPSILON * weight[0].numel())
    # The root of 0 has no gradient: where nothing differs yet, all that is equal would become NaN.
    return ((mean + FLAT).sqrt() - FLAT**0.5).mean()


def _seen(layout: Layout[Tensor], chosen: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """The chosen blob's composited opacity, and its own grown by `AROUND`: (Q, 1, H, W) each."""
    opacity = (composite(scores(layout, side))[:, 1:] * chosen[:, :, None, None]).sum(dim=1, keepdim=True)
    grown = Layout(
        layout.xs,
        layout.ys,
        layout.covs,
        torch.cat([layout.sizes[:, :1], layout.sizes[:, 1:] + AROUND], dim=1),
        layout.features,
        layout.spatial_style,
    )
    near = (scores(grown, side)[:, 1:] * chosen[:, :, None, None]).sum(dim=1, keepdim=True)
    return opacity, near


def _shifted(images: Tensor, shift: Tensor) -> Tensor:
    """Images (Q, C, H, W) moved by whole pixels (2, Q) to the right and down; their edge pixels fill up."""
    q, c, h, w = images.shape
    columns = (torch.arange(w, device=images.device) - shift[0][:, None]).clamp(0, w - 1)  # (Q, W)
    rows = (torch.arange(h, device=images.device) - shift[1][:, None]).clamp(0, h - 1)
    images = torch.gather(images, 3, columns[:, None, None, :].expand(q, c, h, w))
    return torch.gather(images, 2, rows[:, None, :, None].expand(q, c, h, w))


def _inside(shift: Tensor, side: int) -> Tensor:
    """1 where a picture moved by `shift` has pixels of its own: (Q, 1, side, side)."""
    grid = torch.arange(side, device=shift.device)
    columns, rows = grid - shift[0][:, None], grid - shift[1][:, None]
    across, down = (columns >= 0) & (columns < side), (rows >= 0) & (rows < side)
    return (down[:, None, :, None] & across[:, None, None, :]).float()
