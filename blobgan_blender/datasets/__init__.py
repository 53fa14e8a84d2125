"""Training pictures that Blender renders: procedural bedrooms and living rooms.

`scene_description` draws a `room` from a seed: `furnishing` finds the places, `coloring` the looks; `furniture` models
them. All this is plain Python; `stage` hands it to Blender, `render` takes the picture and its mask. An artist's own
scene is varied by `own_scene`. Run `python -m blobgan_blender.datasets --help`.
"""
