"""Training pictures that Blender renders: procedural bedrooms and living rooms.

`scene_description` decides what stands where (plain Python), `furniture` models it (plain Python), `stage` hands it to
Blender and `render` takes the picture and its mask. Run `python -m blobgan_blender.datasets --help`.
"""
