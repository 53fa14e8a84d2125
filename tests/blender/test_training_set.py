"""Render Training Set: what is marked varies, is numbered in the masks, and stands as it stood when all is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy.types import Object
from mathutils import Euler
from PIL import Image
from studio import compositor

from blobgan_blender.core.errors import BlobGANError
from blobgan_blender.datasets import own_scene
from blobgan_blender.datasets.own_scene import SceneFolder, TrainingSet, render_training_set
from blobgan_blender.datasets.variation import TRIES

SIDE = 48


def add_box(name: str, x: float, color: tuple[float, float, float], size: float = 1.0) -> Object:
    """A cube on the floor with a material of its own."""
    bpy.ops.mesh.primitive_cube_add(size=size, location=(x, 0, size / 2))
    thing = bpy.context.active_object
    thing.name = name
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (*color, 1)
    thing.data.materials.append(material)
    return thing


def mark(thing: Object, **settings: object) -> Object:
    """Tick it, with these ranges."""
    thing.blobgan.training.marked = True
    for name, value in settings.items():
        setattr(thing.blobgan.training, name, value)
    return thing


@pytest.fixture(autouse=True)
def studio() -> None:
    """A camera that looks down on a red and a blue cube on a floor that isn't marked; Cycles with few samples."""
    scene: Any = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.device = 4, False, "CPU"
    scene.view_settings.view_transform = "Standard"
    scene.world = bpy.data.worlds.new("world")
    bpy.ops.mesh.primitive_plane_add(size=12)
    bpy.ops.object.camera_add(location=(0, -7, 6), rotation=(0.85, 0, 0))
    scene.camera = bpy.context.active_object
    bpy.ops.object.light_add(type="SUN", rotation=(0.5, 0.3, 0))
    mark(add_box("red", -1.5, (0.8, 0.05, 0.05)), location=(2, 2, 0), rotation=(0, 0, 1))
    mark(add_box("blue", 1.5, (0.05, 0.05, 0.8)), location=(2, 2, 0), rotation=(0, 0, 1))


def render(root: Path, count: int = 1, first: int = 0, **more: Any) -> SceneFolder:
    render_training_set(bpy.context.scene, bpy.context.view_layer, root, count, first, SIDE, **more)
    return SceneFolder(root)


def entries(folder: SceneFolder) -> list[dict[str, Any]]:
    return list(folder.read_manifest())


def numbers(folder: SceneFolder, seed: int = 0) -> np.ndarray:
    """The mask: uint8 (SIDE, SIDE)."""
    with Image.open(folder.mask(seed)) as image:
        assert image.mode == "L"
        image.load()
        assert not image.text  # Cycles would note its times there
        return np.asarray(image)


def picture(folder: SceneFolder, seed: int = 0) -> np.ndarray:
    with Image.open(folder.picture(seed)) as image:
        assert image.mode == "RGB"
        return np.asarray(image).astype(int)


def change(folder: SceneFolder, name: str, seed: int = 0) -> dict[str, Any]:
    entry = next(each for each in entries(folder) if each["seed"] == seed)
    return next(each for each in entry["objects"] if each["name"] == name)


def values_of(struct: Any) -> dict[str, object]:
    """All plain values of one of Blender's structs."""
    found: dict[str, object] = {}
    for prop in struct.bl_rna.properties:
        # Blender 4.2 counts objects of the scene collection as used by a removed copy of the scene; 5.2 the scene.
        if prop.identifier in {"rna_type", "name_full", "users"} or prop.type == "COLLECTION":
            continue
        value = getattr(struct, prop.identifier)
        found[prop.identifier] = tuple(np.ravel(value)) if getattr(prop, "is_array", False) else value
    return found


def differences(before: list[object], after: list[object], at: str = "") -> list[str]:
    """Where two of them differ, for a failed test to say."""
    pairs: Any = before.items() if isinstance(before, dict) else enumerate(before)
    found = []
    for key, old in pairs:
        new: Any = after[key]
        if isinstance(old, (dict, list)):
            found += differences(old, new, f"{at}/{key}")
        elif old != new:
            found.append(f"{at}/{key}: {old} → {new}")
    return found


def whole_scene() -> list[object]:
    """Everything that a job could have left changed."""
    scene: Any = bpy.context.scene
    bpy.context.view_layer.update()
    structs = [scene, scene.render, scene.render.image_settings, scene.cycles, scene.view_settings]
    structs += [bpy.context.view_layer, bpy.context.view_layer.cycles, scene.camera.data, scene.camera.data.dof]
    things = sorted(bpy.data.objects, key=lambda thing: thing.name)
    materials = [[(slot.link, slot.material) for slot in thing.material_slots] for thing in things]
    lights = [values_of(light) for light in bpy.data.lights]
    kinds = ("scenes", "objects", "materials", "node_groups", "worlds", "collections", "meshes", "cameras", "lights")
    counts = [len(getattr(bpy.data, kind)) for kind in kinds]
    return [[values_of(struct) for struct in structs], [values_of(t) for t in things], materials, lights, counts]


def test_a_set_is_pictures_masks_a_card_and_a_manifest(tmp_path: Path) -> None:
    folder = render(tmp_path, 3)
    assert folder.done() == [entry["seed"] for entry in entries(folder)] == [0, 1, 2]
    card = json.loads(folder.card.read_text())
    assert card["classes"] == ["background", "blue", "red"]
    assert card["resolution"] == SIDE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dataset.json", "manifest.jsonl", "masks", "pictures"]
    for seed, entry in enumerate(entries(folder)):
        assert (tmp_path / entry["picture"], tmp_path / entry["mask"]) == (folder.picture(seed), folder.mask(seed))
        assert picture(folder, seed).shape == (SIDE, SIDE, 3)
        assert set(np.unique(numbers(folder, seed))) == {0, 1, 2}
    assert len({folder.picture(seed).read_bytes() for seed in range(3)}) == 3


def test_a_mask_is_where_the_picture_has_the_objects_colour(tmp_path: Path) -> None:
    folder = render(tmp_path, 2)
    for seed in (0, 1):
        rgb, mask = picture(folder, seed), numbers(folder, seed)
        # WebP halves the resolution of colours: away from edges.
        inner = np.zeros_like(mask, bool)
        inner[1:-1, 1:-1] = np.all(
            [
                mask[1:-1, 1:-1] == mask[1 + y : SIDE - 1 + y, 1 + x : SIDE - 1 + x]
                for y in (-1, 0, 1)
                for x in (-1, 0, 1)
            ],
            axis=0,
        )
        redness = rgb[..., 0] - rgb[..., 2]
        assert (redness[(mask == 2) & inner] > 25).all()
        assert (redness[(mask == 1) & inner] < -25).all()
        assert (abs(redness[(mask == 0) & inner]) < 25).mean() > 0.95


def test_a_mask_lies_in_the_manifests_rectangle(tmp_path: Path) -> None:
    folder = render(tmp_path, 3)
    for seed, entry in enumerate(entries(folder)):
        for number, kind in ((1, "blue"), (2, "red")):
            rows, columns = np.nonzero(numbers(folder, seed) == number)
            found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / SIDE
            assert abs(found - entry["boxes"][kind]).max() < 3 / SIDE


def test_a_seed_is_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    first, again = render(tmp_path / "a", 3), render(tmp_path / "b", 1, first=2)
    assert first.picture(2).read_bytes() == again.picture(2).read_bytes()
    assert first.mask(2).read_bytes() == again.mask(2).read_bytes()
    assert entries(first)[2] == entries(again)[0]


def test_the_operator_does_what_the_function_does(tmp_path: Path) -> None:
    by_function = render(tmp_path / "a", 2, first=5)
    settings = bpy.context.scene.blobgan.training
    settings.folder, settings.count, settings.seed, settings.resolution = str(tmp_path / "b"), 2, 5, SIDE
    assert bpy.ops.blobgan.render_training_set() == {"FINISHED"}
    by_operator = SceneFolder(tmp_path / "b")
    assert by_operator.manifest.read_bytes() == by_function.manifest.read_bytes()
    assert by_operator.card.read_bytes() == by_function.card.read_bytes()
    for seed in (5, 6):
        assert by_operator.picture(seed).read_bytes() == by_function.picture(seed).read_bytes()
        assert by_operator.mask(seed).read_bytes() == by_function.mask(seed).read_bytes()


def awkward() -> None:
    """A scene with settings that a render for a data set must change, and objects that others depend on."""
    scene: Any = bpy.context.scene
    red = bpy.data.objects["red"]
    mark(red, hue=0.3, value=0.3, scale_min=0.7, scale_max=1.3, presence=0.5)
    red.rotation_mode, red.delta_rotation_quaternion = "QUATERNION", Euler((0, 0, 0.4)).to_quaternion()
    blue = bpy.data.objects["blue"]
    blue.rotation_mode, blue.rotation_axis_angle, blue.pass_index = "AXIS_ANGLE", (0.3, 0, 0, 1), 9
    add_box("lid", -1.5, (0.2, 0.7, 0.2), 0.5).parent = red
    mark(bpy.data.objects["Sun"], strength_min=0.5, strength_max=2, rotation=(0.2, 0.2, 0))
    mark(scene.camera, location=(0.2, 0.2, 0.1), rotation=(0.02, 0.02, 0))
    scene.camera.data.dof.use_dof = True
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 640, 360, 75
    render.pixel_aspect_x, render.use_border, render.filepath = 1.5, True, "//frames/####"
    render.use_stamp, render.use_stamp_note, render.dither_intensity = True, True, 0.5
    file = render.image_settings
    if hasattr(file, "media_type"):
        file.media_type = "MULTI_LAYER_IMAGE"
    file.file_format = "OPEN_EXR_MULTILAYER"
    file.color_depth, file.quality = "32", 37
    scene.cycles.seed, scene.cycles.use_denoising = 4, False
    scene.frame_set(17)


def test_the_scene_is_as_it_was(tmp_path: Path) -> None:
    awkward()
    before = whole_scene()
    folder = render(tmp_path, 4)
    assert differences(before, whole_scene()) == []
    assert len({change(folder, "red", seed)["present"] for seed in range(4)}) == 2  # both roads were gone


def test_the_scene_is_as_it_was_after_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    awkward()
    before = whole_scene()
    monkeypatch.setattr(own_scene, "write_mask", lambda *_: (_ for _ in ()).throw(RuntimeError("no device")))
    with pytest.raises(BlobGANError, match="Picture 0 could not be rendered: no device"):
        render(tmp_path, 2)
    assert differences(before, whole_scene()) == []
    assert SceneFolder(tmp_path).done() == []


@pytest.fixture
def cancelled(tmp_path: Path) -> SceneFolder:
    """A set of 3 whose artist pressed ESC after one."""
    job = TrainingSet(bpy.context.scene, bpy.context.view_layer, tmp_path, 3, 0, SIDE)
    before = whole_scene()
    assert job.step()
    assert differences(before, whole_scene()) == []
    assert str(job.pace).startswith("1 of 3 pictures, ")
    job.close()
    return job.folder


def test_a_cancelled_set_goes_on_and_leaves_what_is_done(cancelled: SceneFolder) -> None:
    assert [entry["seed"] for entry in entries(cancelled)] == [0]
    changed = cancelled.picture(0).stat().st_mtime_ns
    pace = render_training_set(bpy.context.scene, bpy.context.view_layer, cancelled.root, 3, 0, SIDE)
    assert (pace.done, pace.skipped) == (2, 1)
    assert cancelled.picture(0).stat().st_mtime_ns == changed
    assert [entry["seed"] for entry in entries(cancelled)] == [0, 1, 2]


def test_after_a_kill_only_the_picture_in_hand_is_lost(tmp_path: Path) -> None:
    job = TrainingSet(bpy.context.scene, bpy.context.view_layer, tmp_path, 3, 0, SIDE)
    job.step()
    job.step()  # and now the process dies in the middle of the journal, the manifest never written
    with job.folder.journal.open("a") as file:
        file.write('\n{"seed":2,"pict')
    folder = render(tmp_path, 3)
    assert [entry["seed"] for entry in entries(folder)] == [0, 1, 2]
    whole = render(tmp_path / "whole", 3)
    assert folder.manifest.read_bytes() == whole.manifest.read_bytes()


def test_a_lost_picture_is_rendered_again(tmp_path: Path) -> None:
    folder = render(tmp_path, 2)
    before = folder.picture(1).read_bytes()
    folder.picture(1).unlink()
    render(tmp_path, 2)
    assert folder.picture(1).read_bytes() == before


def test_what_is_marked_goes_as_far_as_it_may(tmp_path: Path) -> None:
    mark(bpy.data.objects["red"], location=(1.5, 0.5, 0), rotation=(0, 0, 0.5), scale_min=0.5, scale_max=1.5)
    mark(bpy.data.objects["Sun"], strength_min=0.5, strength_max=2)
    folder = render(tmp_path, 6)
    reds = [change(folder, "red", seed) for seed in range(6)]
    for red in reds:
        assert np.all(np.abs(red["location"]) <= (1.5, 0.5, 0))
        assert np.all(np.abs(red["rotation"]) <= (0, 0, 0.5))
        assert 0.5 <= red["scale"] <= 1.5
    assert np.ptp([red["location"][0] for red in reds]) > 1
    assert np.ptp([red["scale"] for red in reds]) > 0.3
    light = [change(folder, "Sun", seed)["strength"] for seed in range(6)]
    brightness = [picture(folder, seed)[numbers(folder, seed) == 0].mean() for seed in range(6)]
    assert np.corrcoef(light, brightness)[0, 1] > 0.9


def test_marked_objects_are_kept_apart(tmp_path: Path) -> None:
    blue = bpy.data.objects["blue"]
    for name in ("red", "blue"):
        mark(bpy.data.objects[name], location=(1, 0.3, 0), rotation=(0, 0, 0))
        bpy.data.objects[name].location.x = 0  # one in the other, as the artist left them
    folder = render(tmp_path / "apart", 5)
    for seed in range(5):
        x, y, _ = np.array(change(folder, "red", seed)["location"]) - change(folder, "blue", seed)["location"]
        assert max(abs(x), abs(y)) >= 1 - 2e-3
    mark(blue, keep_apart=False)
    free = render(tmp_path / "free", 5)
    assert any(
        abs(change(free, "red", seed)["location"][0] - change(free, "blue", seed)["location"][0]) < 0.9
        for seed in range(5)
    )


def test_where_overlap_cannot_be_avoided_the_least_is_taken(tmp_path: Path) -> None:
    for name in ("red", "blue"):
        mark(bpy.data.objects[name], location=(0.2, 0, 0), rotation=(0, 0, 0))
        bpy.data.objects[name].location.x = 0
    folder = render(tmp_path)
    overlap = max(change(folder, name)["overlap"] for name in ("red", "blue"))
    assert 1 - 0.4 - 1e-2 < overlap < 0.9, TRIES


def test_absent_objects_take_their_children_along(tmp_path: Path) -> None:
    mark(bpy.data.objects["red"], presence=0)
    lid = add_box("lid", -1.5, (0.2, 0.7, 0.2), 2.0)
    lid.parent = bpy.data.objects["red"]
    folder = render(tmp_path)
    assert set(np.unique(numbers(folder))) == {0, 1}
    assert entries(folder)[0]["boxes"].keys() == {"blue"}
    mark(bpy.data.objects["red"], presence=1)
    there = render(tmp_path / "there")
    assert set(np.unique(numbers(there))) == {0, 1, 2}
    assert (numbers(there) == 2).sum() > 150  # the lid is a part of it


def test_colours_shift_on_this_object_alone(tmp_path: Path) -> None:
    red, blue = bpy.data.objects["red"], bpy.data.objects["blue"]
    blue.data.materials[0] = red.data.materials[0]
    mark(red, hue=0.5)
    folder = render(tmp_path, 4)
    hues = []
    for seed in range(4):
        rgb, mask = picture(folder, seed), numbers(folder, seed)
        same = rgb[mask == 1].mean(0)
        assert same[0] > same[1] + 20
        assert same[0] > same[2] + 20
        hues.append(rgb[mask == 2].mean(0))
    assert max(hue[1] - hue[0] for hue in hues) > 20  # at least one is green rather than red


def test_collections_are_classes_and_can_be_shared(tmp_path: Path) -> None:
    scene = bpy.context.scene
    collection = bpy.data.collections.new("Chair")
    seat = add_box("seat", 0, (0.2, 0.7, 0.2))
    scene.collection.objects.unlink(seat)
    collection.objects.link(seat)
    for x in (-1, 1):
        empty = bpy.data.objects.new("Empty", None)
        empty.instance_type, empty.instance_collection, empty.location = "COLLECTION", collection, (x, 2, 0)
        scene.collection.objects.link(empty)
        mark(empty, location=(0.3, 0, 0))
    folder = render(tmp_path)
    assert json.loads(folder.card.read_text())["classes"] == ["background", "Chair", "blue", "red"]
    assert (numbers(folder) == 1).sum() > 20
    empty.blobgan.training.label = "stool"
    with pytest.raises(BlobGANError, match="“seat” is shown by the classes .* Make Instances Real"):
        render(tmp_path / "other")


def test_animation_and_parents_keep_working(tmp_path: Path) -> None:
    red, blue = bpy.data.objects["red"], bpy.data.objects["blue"]
    red.keyframe_insert("location", frame=1)
    red.location.x += 1
    red.keyframe_insert("location", frame=11)
    bpy.context.scene.frame_set(11)
    blue.parent, blue.location = red, (0, 0, 1)
    mark(red, location=(1, 0, 0), rotation=(0, 0, 0))
    mark(blue, location=(0, 0, 0), rotation=(0, 0, 0))
    folder = render(tmp_path)
    offset = change(folder, "red")["location"][0]
    assert abs(offset) > 0.05
    job = TrainingSet(bpy.context.scene, bpy.context.view_layer, tmp_path, 1, 0, SIDE)
    from contextlib import ExitStack

    with ExitStack() as until:
        job.arranger.arrange(0, until)
        assert red.matrix_world.translation.x == pytest.approx(-0.5 + offset, abs=1e-5)
        assert blue.matrix_world.translation.x == pytest.approx(-0.5 + offset, abs=1e-5)
    bpy.context.view_layer.update()
    assert red.matrix_world.translation.x == pytest.approx(-0.5, abs=1e-6)


def key(owner: Any, name: str) -> None:
    owner.keyframe_insert(name, frame=1)


def drive(owner: Any, name: str) -> None:
    owner.driver_add(name).driver.expression = repr(float(getattr(owner, name)))


def push_down(owner: Any, name: str) -> None:
    """Keyframes in a strip of the NLA."""
    key(owner, name)
    data = owner.animation_data
    strip = data.nla_tracks.new().strips.new("strip", 1, data.action)
    strip.extrapolation, data.action = "HOLD", None


@pytest.mark.parametrize("animate", [key, drive, push_down])
def test_what_is_animated_varies_as_what_is_not(animate: Any, tmp_path: Path) -> None:
    red, light = bpy.data.objects["red"], bpy.data.objects["Sun"]
    mark(red, presence=0)
    mark(light, strength_min=0.2, strength_max=0.2)
    lid = add_box("lid", -1.5, (0.2, 0.7, 0.2), 0.5)
    lid.parent = red
    wanted = render(tmp_path / "still")
    for owner, name in ((red, "hide_render"), (lid, "hide_render"), (red, "pass_index"), (light.data, "energy")):
        animate(owner, name)
    bpy.context.scene.frame_set(1)
    before = whole_scene()
    found = render(tmp_path / "animated")
    assert found.picture(0).read_bytes() == wanted.picture(0).read_bytes()
    assert found.mask(0).read_bytes() == wanted.mask(0).read_bytes()
    assert entries(found) == entries(wanted)
    assert differences(before, whole_scene()) == []
    light.data.energy = red.pass_index = 5
    bpy.context.scene.frame_set(1)
    assert (light.data.energy, red.pass_index) == (1, 0), "the animation goes on afterwards"


def write_files(tree: Any, image: Any, folder: Path) -> None:
    """A node in a compositor's tree that writes what comes out of a pin to a folder."""
    output = tree.nodes.new("CompositorNodeOutputFile")
    if hasattr(output, "directory"):  # Blender 5
        output.directory = str(folder)
        output.file_output_items.new("RGBA", "Image")
    else:
        output.base_path = str(folder)
    tree.links.new(image, output.inputs[0])


def test_the_artists_file_outputs_write_no_training_pictures(tmp_path: Path) -> None:
    scene: Any = bpy.context.scene
    tree, output = compositor()
    image = tree.nodes.new("CompositorNodeRLayers").outputs["Image"]
    tree.links.new(image, output.inputs[0])
    write_files(tree, image, tmp_path / "plain")
    inner, group = bpy.data.node_groups.new("inner", "CompositorNodeTree"), tree.nodes.new("CompositorNodeGroup")
    inner.interface.new_socket("Image", in_out="INPUT", socket_type="NodeSocketColor")
    group.node_tree = inner
    tree.links.new(image, group.inputs[0])
    write_files(inner, inner.nodes.new("NodeGroupInput").outputs[0], tmp_path / "nested")
    render(tmp_path / "set")
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    scene.render.resolution_x = scene.render.resolution_y = SIDE
    bpy.ops.render.render()
    assert {path.name for path in tmp_path.iterdir()} == {"set", "plain", "nested"}, "they write the artist's own again"


def test_cut_outs_are_seen_through_in_masks(tmp_path: Path) -> None:
    material = bpy.data.objects["red"].data.materials[0]
    material.node_tree.nodes["Principled BSDF"].inputs["Alpha"].default_value = 0
    folder = render(tmp_path)
    assert set(np.unique(numbers(folder))) == {0, 1}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda scene: [setattr(t.blobgan.training, "marked", False) for t in scene.objects], "Nothing is marked"),
        (lambda scene: [setattr(t, "hide_render", True) for t in scene.objects], "Nothing is marked"),
        (lambda scene: setattr(scene, "camera", None), "has no camera"),
        (lambda scene: setattr(scene.render, "engine", "BLOBGAN"), "Set the render engine to Cycles or EEVEE"),
    ],
)
def test_bad_scenes_are_refused_before_anything_is_made(spoil: Any, said: str, tmp_path: Path) -> None:
    spoil(bpy.context.scene)
    with pytest.raises(BlobGANError, match=said):
        render(tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_the_button_is_grey_with_nothing_marked() -> None:
    for thing in bpy.context.scene.objects:
        thing.blobgan.training.marked = False
    assert not bpy.ops.blobgan.render_training_set.poll()


def test_an_unsaved_file_has_no_folder_beside_it() -> None:
    with pytest.raises(RuntimeError, match="this file has none yet. Save it"):
        bpy.ops.blobgan.render_training_set()


def test_a_set_of_other_settings_is_refused_and_kept(tmp_path: Path) -> None:
    folder = render(tmp_path)
    before = folder.picture(0).read_bytes()
    with pytest.raises(BlobGANError, match=r"begun with another resolution \(48 there, 64 here\)"):
        render_training_set(bpy.context.scene, bpy.context.view_layer, tmp_path, 1, 0, 64)
    mark(bpy.data.objects["red"], hue=0.1)
    with pytest.raises(BlobGANError, match="begun with another marks. Choose another folder"):
        render(tmp_path)
    assert folder.picture(0).read_bytes() == before


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BlobGANError, match="cannot be written to"):
        render(tmp_path / "file" / "set")


def test_a_full_disk_ends_the_set_and_room_goes_on(small_disk: Path) -> None:
    before = whole_scene()
    folder = render(small_disk / "set")
    filler = small_disk / "filler"
    try:
        with filler.open("wb") as file:
            file.write(bytes(1 << 19))
    except OSError:
        pass
    with pytest.raises(BlobGANError, match="full|cannot be written"):
        render(small_disk / "set", 3)
    assert differences(before, whole_scene()) == []
    filler.unlink()
    render(small_disk / "set", 3)
    assert [entry["seed"] for entry in entries(folder)] == [0, 1, 2]


def test_a_file_that_blender_cut_short_is_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = own_scene.write_mask

    def cut(scene: Any, view_layer: Any, path: Path) -> None:
        whole(scene, view_layer, path)
        path.write_bytes(path.read_bytes()[:-7])

    monkeypatch.setattr(own_scene, "write_mask", cut)
    with pytest.raises(BlobGANError, match="wrote no whole file"):
        render(tmp_path)
    assert SceneFolder(tmp_path).done() == []
