"""What the documentation site makes of the code itself: its error messages and its command line."""
