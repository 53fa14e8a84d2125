#!/bin/bash
# Trains several variants side by side on a lent GPU machine, one or more GPUs each, in calls of ten minutes at most.
#
#   train.sh data DIR                     keep the archives of pictures (and the luggage) that this call carried
#   train.sh start MINUTES [VARIANTS [DATA]]
#                                         decode the pictures once, then start a run for each line of VARIANTS: its name
#                                         (NAME:2 on two GPUs), and options
#   train.sh sheets OUT [SECONDS]         wait, then: the logs' ends, and sheets.tar with newest sheets and numbers
#   train.sh models OUT NAME...           NAME.tar.part?: each run's newest model with its card (64 MiB in all: 4 runs)
#   train.sh luggage OUT NAME             NAME.luggage.part?: a run's checkpoint, small, to go on with in another lease
#                                         (50 MiB and more: a call of its own)
#   train.sh stop                         end all runs politely: each leaves a checkpoint, a model and sheets
#
# Needs: bash, tar, setsid, python3 with torch, numpy, pillow, safetensors. Everything lies in TRAIN_HOME.
# A later lease goes on with a run: carry NAME.luggage.part? in `data` calls, and name the run alike in VARIANTS.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
home=${TRAIN_HOME:-/tmp/training}
inductor=${INDUCTOR_HOME:-$home/inductor}  # what was compiled: a short run during another job can fill it
python=${PYTHON:-python3}
part=${PART:-15M}                         # what comes home: 8 files, 16 MiB a file, 64 MiB a call
mkdir -p "$home/data" "$home/runs" "$home/pids"

train() { (cd "$home/code" && exec "$python" -m blobgan_blender.training "$@"); }
# A process that ended but that nobody collected is no longer alive.
alive() { local pid; pid=$(cat "$home/pids/$1" 2>/dev/null) && grep -q '^State:.[^ZX]' "/proc/$pid/status" 2>/dev/null; }
names() { find "$home/runs" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort; }
newest() { find "$1" -name "$2" 2>/dev/null | sort | tail -n 1; }

case ${1:?data, start, sheets, models, luggage or stop} in
data)
  cp -r "${2:?the folder that was carried}"/. "$home/data/"
  ls -l "$home/data"
  ;;
start)
  minutes=${2:?MINUTES}
  variants=${3:-$here/scripts/lease/train.variants}
  data=${4:-$home/data}
  # A copy of the package: the next call may bring another working tree while these still train.
  mkdir -p "$home/code" && cp -r "$here/blobgan_blender" "$home/code/"
  gpus=$( (nvidia-smi -L 2>/dev/null || true) | grep -c '^GPU ' || true)
  train --data "$data" --cache "$home/cache" --prepare --resolution "${RESOLUTION:-128}"
  index=0 taken=0
  while read -r name options; do
    case $name in ''|\#*) continue ;; *:*) size=${name#*:} name=${name%:*} ;; *) size=1 ;; esac
    first=$taken port=$((29500 + index))
    index=$((index + 1)) taken=$((taken + size))
    if alive "$name"; then echo "$name already trains."; continue; fi
    run=$home/runs/$name
    mkdir -p "$run"
    if [ ! -f "$run/checkpoint.safetensors" ] && ls "$home/data/$name".luggage.part? > /dev/null 2>&1; then
      cat "$home/data/$name".luggage.part? > "$run/checkpoint.safetensors"
    fi
    for rank in $(seq 0 $((size - 1))); do
      (
        cd "$home/code"
        if [ "$gpus" -gt 0 ]; then export CUDA_VISIBLE_DEVICES=$(((first + rank) % gpus)); fi
        if [ "$size" -gt 1 ]; then
          export RANK=$rank WORLD_SIZE=$size MASTER_ADDR=127.0.0.1 MASTER_PORT=$port
          export GLOO_SOCKET_IFNAME=lo NCCL_SOCKET_IFNAME=lo  # a bare machine may not know its own name
        fi
        export LOCAL_RANK=0 TORCHINDUCTOR_CACHE_DIR="$inductor/$name.$rank" PYTHONUNBUFFERED=1
        export OMP_NUM_THREADS=$(( $(nproc) / (gpus > 0 ? gpus : $(nproc)) ))
        export TORCHINDUCTOR_COMPILE_THREADS=$OMP_NUM_THREADS
        # shellcheck disable=SC2086 - the options are words
        setsid nohup "$python" -m blobgan_blender.training --data "$data" --out "$run" --cache "$home/cache" \
          --name "$name" --minutes "$minutes" $options >> "$home/runs/$name.log" 2>&1 < /dev/null &
        [ "$rank" -gt 0 ] || echo $! > "$home/pids/$name"  # the first one speaks for all, and they end with it
      )
    done
  done < "$variants"
  echo "$index runs on $gpus GPUs, as $taken processes."
  [ "$gpus" -eq 0 ] || [ "$taken" -le "$gpus" ] || echo "More processes than GPUs: some share one."
  sleep "${SETTLE:-60}"
  tail -n 3 "$home"/runs/*.log
  ;;
sheets)
  out=${2:?OUT}
  until=$(($(date +%s) + ${3:-0}))
  while [ "$(date +%s)" -lt "$until" ]; do
    any=
    for name in $(names); do if alive "$name"; then any=1; fi; done
    [ -n "$any" ] || break
    sleep "${PAUSE:-5}"
  done
  list=$(mktemp)
  for name in $(names); do
    alive "$name" && state=training || state=ended
    echo "== $name ($state)"
    tail -n "${LINES_EACH:-2}" "$home/runs/$name.log"
    for file in "$(newest "$home/runs/$name/sheets" '*-samples.webp')" "$(newest "$home/runs/$name/sheets" '*-edits.webp')" \
      "$home/runs/$name/metrics.jsonl" "$home/runs/$name/config.json" "$home/runs/$name.log"; do
      if [ -f "$file" ]; then echo "${file#"$home/runs/"}" >> "$list"; fi
    done
  done
  mkdir -p "$out"
  tar -C "$home/runs" -cf "$out/sheets.tar" -T "$list"
  rm "$list"
  nvidia-smi --query-gpu=index,utilization.gpu,memory.used --format=csv,noheader 2>/dev/null || true
  ;;
models)
  out=${2:?OUT}
  shift 2
  mkdir -p "$out"
  for name in "$@"; do
    run=$home/runs/$name
    # While it trains the newest of models/; at the end model.safetensors.
    if [ -f "$run/model.safetensors" ] && ! alive "$name"; then model=$run/model.safetensors
    else model=$(newest "$run/models" '*.safetensors'); fi
    if [ -z "$model" ]; then echo "$name has no model yet."; continue; fi
    tar -C "$(dirname "$model")" -cf - "$(basename "$model")" "$(basename "${model%.safetensors}.json")" \
      | split -b "$part" -a 1 -d - "$out/$name.tar.part"
    echo "$name: ${model#"$run/"}"
  done
  ls -l "$out"
  ;;
luggage)
  out=${2:?OUT}
  name=${3:?NAME}
  mkdir -p "$out"
  train --out "$home/runs/$name" --luggage "$home/$name.luggage.safetensors"
  split -b "$part" -a 1 -d "$home/$name.luggage.safetensors" "$out/$name.luggage.part"
  ls -l "$out"
  ;;
stop)
  for name in $(names); do if alive "$name"; then kill -TERM "$(cat "$home/pids/$name")"; fi; done
  for _ in $(seq "${3:-60}"); do
    any=
    for name in $(names); do if alive "$name"; then any=1; fi; done
    [ -n "$any" ] || break
    sleep 1
  done
  for name in $(names); do alive "$name" && echo "$name still trains." || echo "$name has ended."; done
  ;;
*)
  echo "Unknown: $1" >&2
  exit 2
  ;;
esac
