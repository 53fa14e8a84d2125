"""Model files, layout files and where they are looked for: the standard library and numpy."""
