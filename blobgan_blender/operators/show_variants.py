"""Show Variants: the gallery of other rooms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bpy.props import EnumProperty, IntProperty
from bpy.types import Context, Event

from .. import gallery
from ..core.errors import BlobGANError
from ..core.seeds import MAX_SEED
from ..gallery import COUNT
from .canvas_operator import CanvasOperator
from .choices import description_of
from .rooms import begin, canvas_source, favourites, rooms_near, rooms_of_seeds


class BLOBGAN_OT_show_variants(CanvasOperator):
    """Show other rooms of this model as small pictures to choose from; the canvas stays as it is"""

    bl_idname = "blobgan.show_variants"
    bl_label = "Show Variants"
    bl_options = {"REGISTER"}

    of: EnumProperty(  # type: ignore[valid-type]
        name="Of",
        items=[
            ("SEEDS", "Seeds", "Show the rooms of the next seeds; the canvas stays as it is"),
            ("NEAR", "More Like This", "Show rooms like this one; the canvas stays as it is"),
            ("FAVOURITES", "Favourites", "Show the rooms of this scene that you marked with a heart"),
        ],
        default="SEEDS",
    )
    first: IntProperty(name="First Seed", description="Of the gallery", min=0, max=MAX_SEED)  # type: ignore[valid-type]
    variant: IntProperty(  # type: ignore[valid-type]
        name="Room", description="Number in the gallery of the room to be like; below 0, the canvas's own", default=-1
    )
    count: IntProperty(name="Count", description="How many", min=1, max=48, default=COUNT)  # type: ignore[valid-type]

    @classmethod
    def description(cls, _context: Context, properties: Any) -> str:
        """What the button shows that is pointed at."""
        return description_of("show_variants", "of", properties.of)

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: go on with the seeds after those that the gallery shows."""
        if not self.properties.is_property_set("first"):
            shown = [found.source.seed for found in gallery.variants() if not found.source.variation]
            self.first = (max(shown) + 1) % (MAX_SEED + 1) if shown else 0
        return self.execute(context)

    def run(self, context: Context) -> str:
        """Fill it."""
        truncation = context.window_manager.blobgan.gallery_truncation
        source = replace(canvas_source(context), truncation=truncation)
        if self.of == "FAVOURITES":
            begin(context, "Favourites", favourites(context, source))
        elif self.of == "NEAR":
            like = canvas_source(context) if self.variant < 0 else gallery.variant(self.variant).source
            if like.card.sha256 != source.card.sha256:
                raise BlobGANError("The gallery shows rooms of another model. Press Seeds under Variants.")
            begin(context, f"Like {like.seed}", rooms_near(like, self.count))
        else:
            begin(context, "Seeds", rooms_of_seeds(source, self.first, self.count))
        return f"{len(gallery.variants())} rooms"
