#!/bin/bash
# Measures trained models on a lent GPU machine, each on a GPU of its own, in calls of ten minutes at most.
#
#   evaluate.sh segmenter DATA [MINUTES]       train the segmenter of these rooms in the background (a GPU for a minute)
#   evaluate.sh models OUT DATA NAME...        figures and sheets of runs of train.sh, each run's newest model: OUT/NAME.json
#
# Needs: bash, tar, setsid, python3 with torch, numpy, pillow, safetensors; FEATURES, what feature_networks.py made, else
# fidelity is left out. COUNT pictures of fidelity, SAMPLES rooms of blobs. Everything lies in TRAIN_HOME.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
home=${TRAIN_HOME:-/tmp/training}
python=${PYTHON:-python3} device=${DEVICE:-cuda}
segmenter=$home/segmenter.safetensors
mkdir -p "$home/evaluation/code" && cp -r "$here/blobgan_blender" "$home/evaluation/code/"
cd "$home/evaluation/code"
export PYTHONUNBUFFERED=1

case ${1:?segmenter or models} in
segmenter)
  setsid nohup "$python" -m blobgan_blender.evaluation segmenter --data "${2:?DATA}" --out "$segmenter" \
    --minutes "${3:-1.3}" --device "$device" > "$home/segmenter.log" 2>&1 < /dev/null &
  echo "The segmenter trains."
  ;;
models)
  out=${2:?OUT} data=${3:?DATA}
  shift 3
  mkdir -p "$out"
  sections=(--blobs --layouts --samples "${SAMPLES:-96}")
  [ -z "${FEATURES:-}" ] || sections+=(--fidelity --count "${COUNT:-10000}" --features "$FEATURES")
  gpus=$( (nvidia-smi -L 2>/dev/null || true) | grep -c '^GPU ' || true)
  tail -n 2 "$home/segmenter.log" || true
  index=0
  for name in "$@"; do
    model=$(find "$home/runs/$name" -name '*.safetensors' ! -name '*checkpoint*' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
    if [ -z "$model" ]; then echo "$name has no model yet."; continue; fi
    (
      if [ "$gpus" -gt 0 ]; then export CUDA_VISIBLE_DEVICES=$((index % gpus)); fi
      "$python" -m blobgan_blender.evaluation evaluate "$model" --data "$data" --segmenter "$segmenter" \
        "${sections[@]}" --json "$out/$name.json" --sheets "$home/evaluation/$name" --device "$device" \
        > "$out/$name.txt" 2>&1 || true
    ) &
    index=$((index + 1))
  done
  wait
  for name in "$@"; do echo "== $name"; grep -v '^$' "$out/$name.txt" | tail -n 60; done
  tar -C "$home/evaluation" --exclude=code -cf "$out/evaluation-sheets.tar" .
  ;;
*) sed -n '2,10p' "$0"; exit 2 ;;
esac
