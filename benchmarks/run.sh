#!/usr/bin/env bash
# Every table of RESULTS.md, on the CPU of this machine: bash benchmarks/run.sh sketches_png.zip OUT
# PYTHON: the interpreter, which has the extra `benchmarks`. Rows are added to OUT/results.jsonl; its tables are OUT/RESULTS.md, its curves OUT/results.png. An hour.
set -euo pipefail
drawings=${1:?the archive of TU-Berlin} out=${2:?a folder to write to} python=${PYTHON:-.venv/bin/python}
mkdir -p "$out"
json=--json=$out/results.jsonl
small=(--config.data.image_size=64 --config.batch_size=64 --config.encoder.width=0.25)

"$python" -m benchmarks.pytorch --config=configs/simclr.py --config.encoder.width=1 "$json"
for encoder in sketch_cnn resnet18; do
  "$python" -m benchmarks.pytorch --config=configs/simclr.py "${small[@]}" --config.encoder.name=$encoder "$json"
done
"$python" -m benchmarks.disk --config=configs/simclr.py:tu_berlin --config.data.root="$drawings" "${small[@]}" --config.encoder.name=conv4 "$json"
"$python" -m benchmarks.disk --config=configs/simclr.py:tu_berlin --config.data.root="$drawings" --config.data.image_size=224 --config.batch_size=32 \
  --config.encoder.name=conv4 --config.encoder.width=0.25 "$json"
"$python" -m benchmarks.episodes "$json"
"$python" -m benchmarks.startup "$json"
"$python" -m benchmarks.growth "$json"
"$python" -m benchmarks.blockwise "$json"
"$python" -m benchmarks.tables "$out/results.jsonl" >"$out/RESULTS.md"
"$python" -m benchmarks.plot "$out/results.png" "$out/results.jsonl"
