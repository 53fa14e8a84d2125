"""`Predictor`: a model file on a device, sampled and drawn with numpy on both sides, whichever engine computes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.blob_map import GAIN, seen
from ..core.completion import Candidates, Pins
from ..core.errors import BlobGANError, LayoutError
from ..core.layout import Layout
from ..core.seeds import noise_count, noise_side
from ..library.card import Card, ModelConfig

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Stage:
    """A picture on its way.

    Attributes:
        side: pixels of the colours that there are so far.
        is_last: whether they are the picture.
        picture: makes uint8 (N, H, W, 3) of them, of the picture's own size.
    """

    side: int
    is_last: bool
    picture: Callable[[], np.ndarray]


class Predictor(ABC):
    """One loaded model. Same layout and noise ⇒ same pixels, in any order of calls. Not thread-safe.

    `Engine.load` makes one.

    Attributes:
        card: the model's card.
        config: its architecture.
        batch, batch_is_proven: see `batches`: how many final pictures are drawn at a time, and whether a batch of that
            size was found to be the same pictures.
    """

    def __init__(self, card: Card, batch: int = 1) -> None:
        self.card = card
        self.config: ModelConfig = card.architecture
        self.batch, self.batch_is_proven = batch, False

    def shrink_batch(self) -> None:
        """Draw half as many at a time from now on; that they are the same pictures is to be found out again."""
        self.batch, self.batch_is_proven = max(1, self.batch // 2), False

    def sample(self, z: np.ndarray, truncation: float) -> Layout[np.ndarray]:
        """Layouts of noise z (N, d_noise), pulled towards the mean by `truncation` in [0, 1]; float32 arrays.

        Raises:
            LayoutError: z has another shape.
        """
        if np.ndim(z) != 2 or np.shape(z)[1] != self.config.d_noise:
            raise LayoutError(f"This model makes layouts of noise z (N, {self.config.d_noise}), not {np.shape(z)}.")
        return self._sample(np.ascontiguousarray(z, np.float32), truncation)

    def render(self, layout: Layout[np.ndarray], noise: Sequence[np.ndarray]) -> np.ndarray:
        """Draw layouts of any number of blobs.

        Args:
            layout: N layouts.
            noise: `core.seeds.noise_from_seed`'s maps, (N or 1, 1, side, side) each.

        Returns:
            float32 (N, 3, H, W), about [-1, 1], unclamped; see `to_rgb8`.

        Raises:
            LayoutError: the layout or the noise does not fit the model.
            BlobGANError: the picture holds values that are not finite.
        """
        image = self._render(*self._checked(layout, noise))
        # As bytes they would be black pixels, and look like a picture.
        if not np.isfinite(image).all():
            raise not_finite()
        return image

    def picture(self, layout: Layout[np.ndarray], noise: Sequence[np.ndarray]) -> np.ndarray:
        """`to_rgb8` of what `render` makes: the same bytes, and fewer of them leave the device. Raises as it does."""
        return self._picture(*self._checked(layout, noise))

    def draft(self, layout: Layout[np.ndarray], noise: Sequence[np.ndarray]) -> np.ndarray | None:
        """A live picture by a quicker road than `picture`, its bytes with a PSNR of 55 dB or more; None where there is
        no such road, or not yet. Raises `LayoutError` as `render` does."""
        return self._draft(*self._checked(layout, noise))

    @property
    def drafts_are_compiled(self) -> bool:
        """Whether the newest draft came by what was compiled for it."""
        return False

    def rest(self) -> bool:
        """Do what is better done while nobody waits; whether there will be more to do in a while."""
        return False

    def blob_map(self, layout: Layout[np.ndarray], colors: np.ndarray, gain: float = GAIN) -> np.ndarray:
        """The layouts as coloured ellipses: float32 (N, 3, H, W) in [0, 1]; colors (≥ M+1, 3), row 0 the background."""
        shown = self._seen(layout, gain)
        return np.einsum("nmhw,mc->nchw", shown, np.asarray(colors, np.float32)[: shown.shape[1]])

    def mattes(self, layout: Layout[np.ndarray]) -> np.ndarray:
        """What is seen of each blob behind those in front: float32 (N, M+1, H, W), row 0 the background, sums to 1.

        Of the layout only the geometry is read: its appearances may be of any width.
        """
        return self._seen(layout, 1.0)

    def complete(self, pins: Pins, truncation: float, seed: int, count: int, report: Report) -> Candidates:
        """Rooms with given blobs in given places.

        Args:
            pins: at least one.
            truncation: t in [0, 1) of the rooms.
            seed: of the noise.
            count: how many, the nearest first.
            report: called with a fraction in [0, 1] and what is being done, between steps; may raise to stop.

        Raises:
            LayoutError: a pin is none of this model's blobs, or there are none.
            BlobGANError: this engine has no gradients.
        """
        if not len(pins.indices) or not ((pins.indices >= 0) & (pins.indices < self.config.blobs)).all():
            raise LayoutError(f"Pins are some of this model's blobs 0 … {self.config.blobs - 1}, not {pins.indices}.")
        return self._complete(pins, truncation, seed, count, report)

    def stages(self, layout: Layout[np.ndarray], noise: Sequence[np.ndarray]) -> Iterator[Stage | None]:
        """`picture` step by step: a stage wherever there are colours to look at, the last of them the same bytes; None
        between, where one may give up. An engine that cannot stop has but the last. Raises as `picture` does."""
        return self._stages(*self._checked(layout, noise))

    def _stages(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> Iterator[Stage | None]:
        yield Stage(self.config.resolution, True, lambda: self._picture(layout, noise))

    def _picture(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray:
        return to_rgb8(self.render(layout, noise))

    def _draft(self, _layout: Layout[np.ndarray], _noise: list[np.ndarray]) -> np.ndarray | None:
        return None

    @abstractmethod
    def _sample(self, z: np.ndarray, truncation: float) -> Layout[np.ndarray]: ...

    @abstractmethod
    def _render(self, layout: Layout[np.ndarray], noise: list[np.ndarray]) -> np.ndarray: ...

    @abstractmethod
    def _complete(self, pins: Pins, truncation: float, seed: int, count: int, report: Report) -> Candidates: ...

    def _checked(
        self, layout: Layout[np.ndarray], noise: Sequence[np.ndarray]
    ) -> tuple[Layout[np.ndarray], list[np.ndarray]]:
        layout.check(self.config.d_in, self.config.d_style)
        self._check_noise(noise, layout.count)
        return layout.map(_float32), [_float32(map_) for map_ in noise]

    def _seen(self, layout: Layout[np.ndarray], gain: float) -> np.ndarray:
        """`core.blob_map.seen` at the model's own pixels."""
        side = self.config.resolution
        middle = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side)
        layouts = (layout.one(index).map(_float32) for index in range(layout.count))
        return np.stack([seen(one, middle[None, :], middle[:, None], side, gain) for one in layouts])

    def _check_noise(self, noise: Sequence[np.ndarray], count: int) -> None:
        sides = [noise_side(index) for index in range(noise_count(self.config.resolution))]
        found = [np.shape(map_) for map_ in noise]
        wanted = [{(1, 1, side, side), (count, 1, side, side)} for side in sides]
        if len(found) != len(wanted) or any(shape not in fits for shape, fits in zip(found, wanted, strict=True)):
            raise LayoutError(
                f"This model takes noise maps of the sides {sides}, 1 or {count} of each, not of the shapes {found}."
            )


def not_finite() -> BlobGANError:
    """What to say of a picture that has values which are none."""
    return BlobGANError(
        "The picture holds values that are not finite: a blob's covariance is flat or not finite, or the model is "
        "damaged. Reset the layout, or load the model again."
    )


def to_rgb8(image: np.ndarray) -> np.ndarray:
    """A network's picture (N, 3, H, W) in [-1, 1] as display colours: uint8 (N, H, W, 3), clamped and rounded."""
    scaled = np.rint((np.asarray(image, np.float32) + 1) * 127.5)
    return np.clip(scaled, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)


def map_to_rgb8(blob_maps: np.ndarray) -> np.ndarray:
    """Blob maps (N, 3, H, W) in [0, 1] as uint8 (N, H, W, 3)."""
    return to_rgb8(np.asarray(blob_maps, np.float32) * 2 - 1)


def _float32(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32)
