"""Measurements, apart from tests: `make bench` prints a table and writes out/bench.json."""
