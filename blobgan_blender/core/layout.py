"""`Layout`: what the layout network makes, an artist edits and the generator draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from .errors import LayoutError

Array = TypeVar("Array")
Other = TypeVar("Other")


@dataclass(frozen=True, eq=False)
class Layout(Generic[Array]):
    """N layouts of M blobs each, in stacking order: the last blob lies in front.

    Generic over its array type: core fills it with numpy arrays, model with tensors. The names are the official
    implementation's; paper section 3.

    Attributes:
        xs: (N, M) centres, 0 = left edge of the picture, 1 = right edge; may lie outside.
        ys: (N, M) centres, 0 = top edge, 1 = bottom edge (y points down).
        covs: (N, M, 2, 2) covariances of the ellipses in picture units, symmetric, positive definite.
        sizes: (N, M+1) size logits. Column 0 is the background's and has no effect; at -10 and below a blob is gone.
        features: (N, M+1, d_in) structure φ, row 0 the background's.
        spatial_style: (N, M+1, d_style) style ψ, row 0 the background's.
    """

    xs: Array
    ys: Array
    covs: Array
    sizes: Array
    features: Array
    spatial_style: Array

    FIELDS: ClassVar[tuple[str, ...]] = ("xs", "ys", "covs", "sizes", "features", "spatial_style")

    @property
    def count(self) -> int:
        """N, the number of layouts."""
        return int(self._shape("xs")[0])

    @property
    def blobs(self) -> int:
        """M, the number of blobs without the background."""
        return int(self._shape("xs")[1])

    def map(self, function: Callable[[Array], Other]) -> Layout[Other]:
        """The layout with `function` applied to each of its six arrays."""
        return Layout(*(function(getattr(self, name)) for name in self.FIELDS))

    def arrays(self) -> dict[str, Array]:
        """The six arrays by name, in the order of `FIELDS`."""
        return {name: getattr(self, name) for name in self.FIELDS}

    def one(self, index: int) -> Layout[Array]:
        """The layout at `index` as a batch of one."""
        return self.map(lambda array: array[index : index + 1])  # type: ignore[index]

    def check(self, d_in: int | None = None, d_style: int | None = None) -> None:
        """Raise `LayoutError` unless the six shapes belong together, and to a model of these widths if given."""
        if len(self._shape("xs")) != 2:
            raise LayoutError(f"A layout's xs must be (N, M), not {self._shape('xs')}.")
        n, m = self._shape("xs")
        widths = {"features": d_in, "spatial_style": d_style}
        for name, expected in (
            ("ys", (n, m)),
            ("covs", (n, m, 2, 2)),
            ("sizes", (n, m + 1)),
            ("features", (n, m + 1, None)),
            ("spatial_style", (n, m + 1, None)),
        ):
            shape = self._shape(name)
            width = widths.get(name)
            fits = len(shape) == len(expected) and all(e in (None, s) for s, e in zip(shape, expected, strict=True))
            if not fits:
                wanted = tuple("any" if e is None else e for e in expected)
                raise LayoutError(f"A layout of {n} × {m} blobs needs {name} of shape {wanted}, not {shape}.")
            if width is not None and shape[-1] != width:
                raise LayoutError(
                    f"This layout's {name} are {shape[-1]} wide and the model's are {width}: "
                    "it was made by another model. Use that model, or sample a new layout."
                )

    def _shape(self, name: str) -> tuple[int, ...]:
        array: Any = getattr(self, name)
        return tuple(int(side) for side in array.shape)
