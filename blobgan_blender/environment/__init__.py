"""The worker's own Python with PyTorch, in the models folder: made, repaired, removed. Blender's is never touched."""
