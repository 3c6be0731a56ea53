#!/usr/bin/env bash
# Everything that is measured without data, on the devices of this machine: bash launch/benchmark.sh OUT
# PYTHON: the interpreter. Written are OUT/tables.md, with suite.json and results.jsonl beside it.
set -euo pipefail
out=${1:?a folder to write to} python=${PYTHON:-.venv/bin/python}
mkdir -p "$out"
{
  "$python" -m sketchjax.bench --suite --json="$out/suite.json"
  "$python" -m benchmarks.blockwise --json="$out/results.jsonl"
  "$python" launch/accumulation.py
  "$python" launch/monitor.py
} | tee "$out/tables.md"
