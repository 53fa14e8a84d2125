"""One shape for each variant of each class, modelled at the size that `NATURAL_SIZE` gives, then stretched.

Floor objects stand on z = 0 and face -y; wall objects are centred on the wall y = 0 and reach towards -y; pendants are
centred. A shape's slots are materials in the item's colours (see `slots`).
"""

from __future__ import annotations

from collections.abc import Callable

from ..furnishing import SIZES
from ..shapes import Shape, Vertex
from . import cabinets, lamps, on_wall, plants, rugs, seats

MODELS: dict[str, Callable[[Shape, int, Vertex], None]] = {
    "bed": seats.bed,
    "sofa": seats.sofa,
    "armchair": seats.armchair,
    "wardrobe": cabinets.wardrobe,
    "dresser": cabinets.dresser,
    "nightstand": cabinets.nightstand,
    "table": cabinets.table,
    "plant": plants.plant,
    "floor_lamp": lamps.floor_lamp,
    "table_lamp": lamps.table_lamp,
    "pendant": lamps.pendant,
    "rug": rugs.rug,
    "window": on_wall.window,
    "curtains": on_wall.curtains,
    "painting": on_wall.painting,
    "mirror": on_wall.mirror,
    "shelf": on_wall.shelf,
}
NATURAL_SIZE: dict[str, Vertex] = {
    kind: (sum(size.width) / 2, sum(size.depth) / 2, sum(size.height) / 2) for kind, size in SIZES.items()
} | {"curtains": (2.2, 0.2, 2.2)}


def shape_of(kind: str, variant: int) -> Shape:
    """The shape of one variant of a class, at its natural size."""
    shape = Shape()
    MODELS[kind](shape, variant, NATURAL_SIZE[kind])
    return shape
