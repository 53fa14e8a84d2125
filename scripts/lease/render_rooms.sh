#!/bin/bash
# Renders rooms on a lent GPU machine in calls of ten minutes at most, and brings them home in shards.
#
#   render_rooms.sh parts DIR                       keep the kit's parts that this call carried (some in each call)
#   render_rooms.sh start COUNT RES [START [SAMPLES [PROCESSES]]]
#                                                   unpack the kit once and render in the background, on every GPU
#   render_rooms.sh fetch OUT [SECONDS]             wait until OUT can be filled, the rooms are done or the time is over
#
# Needs: bash, xz, tar, setsid, nvidia-smi. The kit: ../shared/render-kit/README.md. Everything lies in ROOMS_HOME.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
home=${ROOMS_HOME:-/tmp/rooms}
shards=${SHARDS:-4} limit=${LIMIT:-15}   # what one call may bring home: 64 MiB, 16 MiB a file
mkdir -p "$home/parts"

python() { (cd "$home/code" && "$home/kit/python" -m blobgan_blender.datasets "$@"); }
running() { [ -f "$home/running" ]; }

case ${1:?parts, start or fetch} in
parts)
  cp "${2:?the folder of the parts}"/part? "$home/parts/"
  ls -l "$home/parts"
  ;;
start)
  [ -x "$home/kit/python" ] || { mkdir -p "$home/kit"; cat "$home"/parts/part? | xz -dcT0 | tar -x -C "$home/kit"; }
  if running; then echo "Already rendering."; exit 0; fi
  # A copy of the package: the next call may bring another working tree while this one still renders.
  mkdir -p "$home/code" && cp -r "$here/blobgan_blender" "$home/code/"
  cd "$home/code"
  echo "$home/rooms-${3:?RES}" > "$home/current"
  if [ -n "${MPS:-}" ]; then
    # Many processes a GPU: without its server they take turns on the device, with it they share it.
    export CUDA_MPS_PIPE_DIRECTORY=$home/mps CUDA_MPS_LOG_DIRECTORY=$home/mps
    mkdir -p "$home/mps" && nvidia-cuda-mps-control -d
  fi
  touch "$home/running"
  setsid nohup bash -c '"$@"; rm "$0"' "$home/running" "$home/kit/python" -m blobgan_blender.datasets rooms "$home/rooms-$3" --count "${2:?COUNT}" \
    --resolution "$3" --start "${4:-0}" --samples "${5:-32}" --processes "${6:-0}" --device "${DEVICE:-CUDA}" \
    --no-manifest > "$home/log" 2>&1 < /dev/null &
  sleep "${SETTLE:-45}"
  grep -v -i font "$home/log" | tail -n 5 || true
  ;;
fetch)
  out=${2:?OUT}
  until=$(($(date +%s) + ${3:-480}))
  mkdir -p "$out"
  while :; do
    final=; running || final=--final
    missing=$((shards - $(find "$out" -name '*.tar.xz' | wc -l)))
    python pack "$(cat "$home/current")" "$out" --limit "$limit" --shards "$missing" $final
    [ "$(find "$out" -name '*.tar.xz' | wc -l)" -lt "$shards" ] && [ -z "$final" ] && [ "$(date +%s)" -lt "$until" ] || break
    sleep "${PAUSE:-10}"
  done
  running && echo "Still rendering." || echo "Rendering has ended."
  grep -v -i font "$home/log" | tail -n 3 || true
  ;;
*) sed -n '2,10p' "$0"; exit 2 ;;
esac
