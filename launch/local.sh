#!/usr/bin/env bash
# One run in N processes of this machine, each with a GPU of its own where there are any:
#   launch/local.sh N --config=configs/simclr.py [FLAGS...]
# PYTHON: the interpreter. PORT: where they meet; any free one. SIGTERM and Ctrl-C reach all of them. Exit code: 0, or 1 or 2
# where a process says so (failed, refused), else 75 where one was interrupted or killed: run it again.
set -uo pipefail
processes=${1:?how many processes?} python=${PYTHON:-python} pids=() code=0
shift
port=${PORT:-$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')}
export JAX_COORDINATOR_ADDRESS=127.0.0.1:$port JAX_NUM_PROCESSES=$processes

for ((rank = 0; rank < processes; rank++)); do
  JAX_PROCESS_ID=$rank JAX_LOCAL_DEVICE_IDS=$rank "$python" -m sketchjax.main --distributed "$@" &
  pids+=($!)
done
trap 'kill "${pids[@]}" 2>/dev/null' TERM INT

for pid in "${pids[@]}"; do
  wait "$pid"
  status=$?
  while kill -0 "$pid" 2>/dev/null; do # a signal ends the wait, not the process
    wait "$pid"
    status=$?
  done
  case $status in
    0) ;;
    1 | 2) code=$status ;;
    *) [ $code -ne 0 ] || code=75 ;;
  esac
done
exit $code
