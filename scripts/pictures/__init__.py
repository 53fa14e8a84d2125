"""Every picture of the documentation that shows this version: `python -m scripts.pictures` (`make pictures`)."""
