#!/bin/bash
# Checks and measures BlobGAN on a lent GPU machine, in calls of ten minutes at most; docs/performance.md says what for.
#
#   bench_gpu.sh check                         every golden case on CUDA, the roads' buffers, compiling: some minutes
#   bench_gpu.sh time OUT MODEL BATCH...       milliseconds of one model; "" is the bundled one, random256 the paper's
#   bench_gpu.sh worker OUT MODEL              its worker alone: drafts before, while and after they are compiled
#
# One lease: check; time OUT random256 1; time OUT random256 8 32; time OUT "" 1 8 32. Each call's JSON lies in OUT.
# LIMIT is how many seconds a call may take, 570 if it is not said: less than whoever calls would wait.
# A rehearsal without a GPU: DEVICE=cpu PYTHON=.venv/bin/python bench_gpu.sh time /tmp/out tiny 1
#
# Needs: bash, python3 with torch, numpy, safetensors, onnx, onnxruntime (the golden cases' model is exported too), pytest
# and hypothesis. Nothing is installed.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3} device=${DEVICE:-cuda}
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

case ${1:?check, time or worker} in
check)
  nvidia-smi --query-gpu=name,driver_version,memory.used --format=csv,noheader 2>/dev/null || true
  "$python" -c 'import torch; print("torch", torch.__version__, torch.cuda.is_available())'
  # Without pyproject.toml: it asks for plugins that the machine may lack. Interrupted, pytest still says what took how
  # long; killed from outside, it says nothing.
  PYTHONPATH=. timeout --signal=INT --kill-after=20 "${LIMIT:-570}" \
    "$python" -m pytest -c /dev/null --rootdir . -p no:cacheprovider -v -rs --tb=short --durations=15 \
    tests/inference/test_across_devices.py tests/inference/test_live_decoder.py tests/inference/test_drafts.py \
    tests/inference/test_previews.py tests/inference/test_decoder.py tests/worker/test_worker_drafts.py \
    tests/worker/test_memory.py tests/training/test_captured.py tests/inference/test_compiling.py
  ;;
time)
  out=${2:?OUT} model=${3?MODEL}
  shift 3
  mkdir -p "$out"
  options=()
  [ "$device" = cuda ] || options=(--roads)
  timeout "${LIMIT:-570}" "$python" -m benchmarks.speed "$model" --device "$device" --engines torch --batches "$@" \
    --seconds "${SECONDS_A_ROW:-15}" --out "$out/${model:-bundled}-$(IFS=-; echo "$*").json" "${options[@]}"
  ;;
worker)
  out=${2:?OUT} model=${3?MODEL}
  mkdir -p "$out"
  timeout "${LIMIT:-570}" "$python" -m benchmarks.one_model "$model" --engine torch --device "$device" --batches 1 \
    --edits 300 --seconds "${SECONDS_A_ROW:-15}" --worker-only >"$out/${model:-bundled}-worker.json"
  ;;
*) sed -n '2,14p' "$0"; exit 2 ;;
esac
