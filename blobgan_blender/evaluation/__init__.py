"""How good a model is, measured: what its edits do to the picture."""
