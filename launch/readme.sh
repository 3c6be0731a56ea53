#!/usr/bin/env bash
# Regenerates the README's picture and tables: bash launch/readme.sh [WORKDIR [SHARED_DATA]] (25 minutes on two cores).
# Five seeds of the default run; each encoder then scored on validation classes of Omniglot and TU-Berlin, where present.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-runs/readme} data=${2:-../shared/data} python=${PYTHON:-.venv/bin/python}

"$python" -m sketchjax.data.inspect --config=configs/simclr.py --out=docs/views.png
for seed in 0 1 2 3 4; do
  "$python" -m sketchjax.main --config=configs/simclr.py --config.seed=$seed --config.workdir="$runs/$seed"
  for source in omniglot tu_berlin; do
    if [ -d "$data/$source" ]; then
      "$python" -m sketchjax.evaluate --workdir="$runs/$seed" --source=$source --root="$data/$source" \
        --classes=validation --way=5 --shot=1,5
    fi
  done
done
"$python" launch/readme.py "$runs" docs/results.json
