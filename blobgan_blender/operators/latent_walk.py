"""Latent Walk: from the canvas's room to another, by way of the rooms between them, as keyframes."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from bpy.props import IntProperty
from bpy.types import Context, Event

from .. import live, runtime
from ..core.canvas_space import placements
from ..core.errors import BlobGANError
from ..core.layout import Layout
from ..core.seeds import MAX_SEED, z_between, z_from_seed, z_near
from ..scene.blobs import all_blobs
from ..scene.canvas import Source
from ..scene.keyframes import animated, key_morph, key_walk
from ..worker.jobs import Job
from .refill import RefillOperator
from .selected import names_of


class BLOBGAN_OT_latent_walk(RefillOperator):
    """Animate the canvas from its room to another seed's: every blob and the background. Edits of the blobs are lost"""

    bl_idname = "blobgan.latent_walk"
    bl_label = "Latent Walk"
    bl_options = {"REGISTER", "UNDO"}
    waiting_for = "Latent Walk"

    seed: IntProperty(name="To Seed", description="Where the walk ends", default=1, min=0, max=MAX_SEED)  # type: ignore[valid-type]
    keyframes: IntProperty(  # type: ignore[valid-type]
        name="Keyframes", description="How many rooms, the first and the last included", default=5, min=2, max=64
    )
    frame_start: IntProperty(name="Start", description="First frame; -1 for the scene's", default=-1, min=-1)  # type: ignore[valid-type]
    frame_end: IntProperty(name="End", description="Last frame; -1 for the scene's", default=-1, min=-1)  # type: ignore[valid-type]

    def invoke(self, context: Context, _event: Event) -> set[str]:
        """For a person: ask where to and how; then wait without blocking."""
        if bpy.app.background:
            return self.execute(context)
        if animated(self._blobs(context)) and self.keyed == "ASK":
            self.keyed = "NEW"
        return {*context.window_manager.invoke_props_dialog(self, confirm_text=self.bl_label)}

    def source(self, context: Context) -> Source:
        """The canvas's own room, where the walk begins."""
        return runtime.source_of(self.canvas(context))

    def begin(self, context: Context) -> Job[Layout[np.ndarray]]:
        """Ask for every room on the way; the worker does one after the other, so the last is done last."""
        self._frames = self._keyed_frames(context)
        jobs = [super().begin(context)]
        source, model = self._source, runtime.model_of(self.canvas(context))
        width = source.card.architecture.d_noise
        here, there = z_near(source.seed, source.variation, width), z_from_seed(self.seed, 1, width)
        way = z_between(here, there, self.keyframes)
        jobs += [runtime.worker().sample(model, z=z, truncation=source.truncation) for z in way[1:]]
        self._jobs = jobs
        return jobs[-1]

    def finish(self, context: Context, result: Any) -> set[str]:
        """Fill the canvas with the first room and keyframe the others."""
        rooms = [job.result() for job in self._jobs]
        canvas = self.fill(context, rooms[0])
        areas = canvas.blobgan.ab_norm
        places = [placements(r.xs[0], r.ys[0], r.sizes[0, 1:], r.covs[0], areas) for r in rooms]
        phis, psis = (np.stack([getattr(r, name)[0] for r in rooms[1:]]) for name in ("features", "spatial_style"))
        key_morph(canvas, self._frames, phis[:, 0], psis[:, 0])
        blobs = all_blobs(canvas)
        elsewhere = [blob for blob in blobs if blob.parent != canvas]
        for blob in blobs:
            index = blob.blobgan.index
            key_walk(blob, self._frames, [place[index] for place in places])
            key_morph(blob, self._frames, phis[:, index + 1], psis[:, index + 1])
        context.scene.frame_set(self._frames[0])
        live.mark()
        if elsewhere:
            self.report({"INFO"}, f"{names_of(elsewhere)} had another parent and hang on {canvas.name} again")
        return {"FINISHED"}

    def _keyed_frames(self, context: Context) -> list[int]:
        scene = context.scene
        first = scene.frame_start if self.frame_start < 0 else self.frame_start
        last = scene.frame_end if self.frame_end < 0 else self.frame_end
        if last - first < self.keyframes - 1:
            raise BlobGANError(
                f"{self.keyframes} keyframes do not fit into frames {first} to {last}. Take fewer, or more frames."
            )
        return [round(frame) for frame in np.linspace(first, last, self.keyframes)]
