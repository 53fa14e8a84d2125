"""Layouts and the algebra of ellipses: numpy at most, no bpy, no torch."""
