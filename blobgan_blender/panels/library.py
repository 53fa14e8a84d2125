"""The model library in the preferences: what is there, what can be had, and what can be done with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpy.types import Context, UILayout

from .. import models
from ..core.progress import megabytes
from ..library.catalogue import is_address
from ..library.model_file import short
from ..preferences import catalogue, models_folder
from .text import wrapped

if TYPE_CHECKING:
    from ..library.catalogue import Offer
    from ..library.shelf import Standing

_PICTURE = 3.4  # lines of text that a picture is high


def draw_library(context: Context, layout: UILayout, preferences: Any) -> None:
    """Both lists, and where they come from."""
    layout.separator()
    row = layout.row(align=True)
    row.label(text="Models", icon="ASSET_MANAGER")
    row.operator("blobgan.import_model", text="Import", icon="IMPORT").filepath = ""
    layout.prop(preferences, "models_folder")
    for found in models.standing():
        _model(context, layout.box(), found)
    layout.separator()
    row = layout.row(align=True)
    row.prop(preferences, "catalogue")
    row.operator("blobgan.look_for_models", text="Look", icon="VIEWZOOM")
    _offers(context, layout)


def _model(context: Context, box: UILayout, found: Standing) -> None:
    row = box.row()
    row.template_icon(icon_value=models.icon_id(found.picture), scale=_PICTURE)
    column = row.column(align=True)
    column.label(text=f"{found.name} · {'bundled' if found.bundled else 'yours'}")
    if found.card is not None:
        shape = found.card.architecture
        column.label(text=f"{shape.resolution}², {shape.blobs} blobs · {megabytes(found.size)} · {found.card.license}")
        column.label(text=f"SHA-256 {short(found.card.sha256)}")
    buttons = row.row(align=True)
    path = str(found.weights)
    buttons.operator("blobgan.verify_model", text="Verify", icon="CHECKMARK").filepath = path
    if not found.picture.is_file():
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
    column.label(text=f"{offer.name} · {megabytes(offer.size)} · {offer.license}")
    column.label(text=f"SHA-256 {short(offer.sha256)}")
    folder = models_folder()
    there = 0 if folder is None else offer.there(folder)
    if models.has(offer):
        row.label(text="Is there", icon="CHECKMARK")
    else:
        button = row.operator("blobgan.download_model", text="Go On" if there else "Download", icon="IMPORT")
        button.sha256 = offer.sha256
    if there:
        column.label(text=f"Half downloaded: {megabytes(there)} of {megabytes(offer.size)}", icon="SORTTIME")
    if offer.description:
        wrapped(context, box, offer.description)
