"""A mypy plugin: tells of `Object.blobgan`, `Scene.blobgan` and the like, which properties.py registers.

Blender's stubs cannot know them. Without this, attribute checks would have to be switched off wherever they are used,
and with them the check of every other attribute of Blender's.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import MDEF, SymbolTableNode, Var
from mypy.plugin import ClassDefContext, Plugin
from mypy.types import AnyType, TypeOfAny

OWNERS = tuple(f"bpy.types.{owner}" for owner in ("Object", "Scene", "ViewLayer", "WindowManager"))


def add_blobgan(context: ClassDefContext) -> None:
    """A PropertyGroup's members are annotations that are calls, so that their types cannot be told either: Any."""
    owner = context.cls.info
    attribute = Var("blobgan", AnyType(TypeOfAny.explicit))
    attribute.info = owner
    attribute._fullname = f"{owner.fullname}.blobgan"
    owner.names["blobgan"] = SymbolTableNode(MDEF, attribute)


class BlobGANPlugin(Plugin):
    """See the module."""

    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        """Called once for each class that mypy sees."""
        return add_blobgan if fullname in OWNERS else None


def plugin(_version: str) -> type[Plugin]:
    """Mypy's entry point."""
    return BlobGANPlugin
