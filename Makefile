# Everything a person repeats. The first target to call sets the environment up; see scripts/setup_env.py.
# `make` with no target lists the targets.

# Any Python from 3.8 can run the set-up; it looks for the 3.11 or 3.13 that Blender's wheels need.
PYTHON ?= $(or $(shell command -v python3),$(shell command -v python3.11),$(shell command -v python3.13))
BIN := .venv/bin
PINS := pyproject.toml scripts/setup_env.py $(wildcard requirements/*.txt)

.DEFAULT_GOAL := help
.PHONY: help setup demo rooms test test-rooms test-blender test-gui window-5.2 test-all bench bench-gpu zip release examples docs pictures lint types contracts check clean

help:  ## list the targets
	@sed -n 's/^\([a-z0-9.-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

# The stamp is older than the pins: set up again. A second run with the same pins takes no time.
.venv/.pins: $(PINS)
	@test -n "$(PYTHON)" || { echo "No Python found. Install Python 3.11 or 3.13 (Debian: apt install python3 python3-venv)."; exit 1; }
	@"$(PYTHON)" scripts/setup_env.py dev

setup: .venv/.pins  ## the environment .venv alone

demo: .venv/.pins  ## the main job: scene, keyframes, 24 frames and a film in out/demo
	@$(BIN)/python scripts/demo.py

COUNT ?= 10000
RES ?= 256
ROOMS ?= out/rooms-$(RES)
rooms: .venv/.pins  ## training pictures on all devices, goes on where it stopped: COUNT=10000 RES=256 ROOMS=out/rooms-256
	@$(BIN)/python -m blobgan_blender.datasets rooms "$(ROOMS)" --count $(COUNT) --resolution $(RES)

# Blender's tests have a process of their own: its module and torch in one would be what the extension never does.
test: test-rooms test-blender  ## the whole suite but the window tests

test-rooms: .venv/.pins  ## the tests that need no Blender
	@$(BIN)/python -m pytest --ignore=tests/blender -n auto --dist loadfile

test-blender: .venv/.pins  ## the tests in Blender as a module
	@$(BIN)/python -m pytest tests/blender

test-gui: .venv/.pins  ## a real Blender window under Xvfb (root; first run makes the folder it needs)
	@$(BIN)/python -m pytest -m window tests/gui

window-5.2: .venv/.pins  ## the folder with Blender 5.2 or newer (Debian unstable), which test-gui uses if it is there
	@$(BIN)/python -m scripts.window.folder sid

test-all: .venv/.pins test  ## the suite, then the bpy tests on Blender 4.2 LTS and 5.2 LTS
	@"$(PYTHON)" -m scripts.all_blenders

bench: .venv/.pins  ## milliseconds from a moved empty to new pixels, then each engine's by itself
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.speed

# Without Blender and without .venv: whatever python3 there has torch, numpy and safetensors.
bench-gpu:  ## each road of a CUDA GPU beside the yardstick
	@"$(PYTHON)" -m benchmarks.speed --device cuda --engines torch --out out/bench_gpu.json

zip: .venv/.pins  ## the extension, built and checked by Blender's own command: dist/
	@$(BIN)/python scripts/build_zip.py

release: .venv/.pins  ## zips, extension repository, examples, checksums and notes: dist/VERSION
	@$(BIN)/python -m scripts.release

examples: .venv/.pins  ## the example scenes of the documentation: out/examples
	@$(BIN)/python -m scripts.examples

# The site has an environment of its own, so that `make demo` stays light.
.venv-docs/.pins: $(PINS)
	@test -n "$(PYTHON)" || { echo "No Python found. Install Python 3.11 or 3.13 (Debian: apt install python3 python3-venv)."; exit 1; }
	@"$(PYTHON)" scripts/setup_env.py docs

# Not --quiet: MkDocs would hear no warning then, and pass.
docs: .venv-docs/.pins  ## the documentation site, links and anchors checked: out/site
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/python -m mkdocs build --strict
	@echo "out/site/index.html"

pictures: .venv/.pins  ## every picture of the documentation, from this version (root, for those of a window)
	@$(BIN)/python -m scripts.pictures

lint: .venv/.pins  ## ruff
	@$(BIN)/ruff check

types: .venv/.pins  ## mypy on fake-bpy-module
	@$(BIN)/mypy

contracts: .venv/.pins  ## who may import whom
	@$(BIN)/lint-imports

check: lint types contracts  ## all three

clean:  ## what can be made again, but not the environments, nor rooms, which take hours
	rm -rf build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	test ! -d out || find out -mindepth 1 -maxdepth 1 ! -name 'rooms-*' -exec rm -rf {} +
	find blobgan_blender tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
