"""The model library in the preferences: what is there, what can be had, and what can be done with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpy.types import Context, UILayout

from .. import models
from ..core.progress import megabytes
from ..library.catalogue import is_address
from ..library.model_file import short
from ..library.reach import is_file
from ..preferences import catalogue, models_folder
from .text import wrapped

if TYPE_CHECKING:
    from ..library.catalogue import Offer
    from ..library.shelf import Standing

_PICTURE = 4.0  # lines of text that a picture is high
_PICTURE_WIDTH = 110  # pixels of the column with the pictures, at a UI scale of 1


def draw_library(context: Context, layout: UILayout, preferences: Any) -> None:
    """Both lists, and where they come from."""
    layout.separator()
    row = layout.row()
    row.label(text="Models", icon="ASSET_MANAGER")
    _right(row).operator("blobgan.import_model", text="Import …", icon="IMPORT").filepath = ""
    layout.prop(preferences, "models_folder")
    for found in models.standing():
        _model(context, layout.box(), found)
    layout.separator()
    row = layout.split(factor=0.85, align=True)
    row.prop(preferences, "catalogue")
    row.operator("blobgan.look_for_models", text="Look", icon="VIEWZOOM")
    _offers(context, layout)


def _model(context: Context, box: UILayout, found: Standing) -> None:
    width = context.region.width / context.preferences.system.ui_scale if context.region is not None else 600
    halves = box.split(factor=min(0.4, _PICTURE_WIDTH / width))
    halves.template_icon(icon_value=models.icon_id(found.picture), scale=_PICTURE)
    row = halves.row()
    column = row.column(align=True)
    column.label(text=f"{found.name} · {'bundled' if found.bundled else 'yours'}")
    if found.card is not None:
        shape = found.card.architecture
        column.label(text=f"{shape.resolution}², {shape.blobs} blobs · {megabytes(found.size)}")
        column.label(text=_licence(found.card.license))
        column.label(text=f"SHA-256 {short(found.card.sha256)}")
    buttons = _right(row)
    path = str(found.weights)
    buttons.operator("blobgan.verify_model", text="Verify", icon="CHECKMARK").filepath = path
    if not is_file(found.picture):
        buttons.operator("blobgan.draw_model_picture", text="", icon="IMAGE_DATA").filepath = path
    buttons.operator("blobgan.reveal_model", text="", icon="FILE_FOLDER").filepath = path
    if not found.bundled:
        buttons.operator("blobgan.remove_model", text="", icon="TRASH").filepath = path
    if found.problem:
        wrapped(context, box, found.problem, "ERROR")


def _offers(context: Context, layout: UILayout) -> None:
    offers = models.offers()
    if offers is None:
        if is_address(catalogue()):
            wrapped(context, layout, "Look asks the catalogue's address; nothing is downloaded by that.", "INFO")
        return
    if not offers:
        wrapped(context, layout, "This catalogue lists no models.", "INFO")
    for offer in offers:
        _offer(context, layout.box(), offer)


def _offer(context: Context, box: UILayout, offer: Offer) -> None:
    row = box.row()
    column = row.column(align=True)
    column.label(text=f"{offer.name} · {megabytes(offer.size)} · {_licence(offer.license)}")
    column.label(text=f"SHA-256 {short(offer.sha256)}")
    folder = models_folder()
    there = 0 if folder is None else offer.there(folder)
    end = _right(row)
    if models.has(offer):
        end.label(text="Is there", icon="CHECKMARK")
    else:
        button = end.operator("blobgan.download_model", text="Go On" if there else "Download", icon="IMPORT")
        button.sha256 = offer.sha256
    if there:
        end.operator("blobgan.discard_download", text="", icon="TRASH").sha256 = offer.sha256
        column.label(text=f"Half downloaded: {megabytes(there)} of {megabytes(offer.size)}", icon="SORTTIME")
    if offer.description:
        wrapped(context, box, offer.description)


def _licence(license_: str) -> str:
    return f"licence {license_}"


def _right(row: UILayout) -> UILayout:
    """The right end of a row, for buttons that are no wider than their words."""
    end = row.row(align=True)
    end.alignment = "RIGHT"
    return end
