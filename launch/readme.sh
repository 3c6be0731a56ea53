#!/usr/bin/env bash
# Regenerates the README's picture and table: bash launch/readme.sh [RUNS [SHARED_DATA]] (about an hour on two cores).
# SimCLR: five seeds of the default run, each encoder also judged on validation classes of Omniglot and TU-Berlin; BYOL
# and prototypical: three. Then a short run of each method on Omniglot and on TU-Berlin, where they are. Runs that are
# there already are not run again.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-runs/readme} data=${2:-../shared/data} python=${PYTHON:-.venv/bin/python}

run() { # NAME CONFIG FLAGS...
  local workdir="$runs/$1" config="configs/$2"
  shift 2
  [ -f "$workdir/result.json" ] || "$python" -m sketchjax.main --config="$config" --config.workdir="$workdir" "$@"
}

"$python" -m sketchjax.data.inspect --config=configs/simclr.py --out=docs/views.png
for seed in 0 1 2 3 4; do
  run simclr-$seed simclr.py --config.seed=$seed
  for source in omniglot tu_berlin; do
    if [ -d "$data/$source" ] && ! grep -q $source "$runs/simclr-$seed/result.json"; then
      "$python" -m sketchjax.evaluate --workdir="$runs/simclr-$seed" --source=$source --root="$data/$source" \
        --classes=validation --way=5 --shot=1,5
    fi
  done
done
for seed in 0 1 2; do
  run byol-$seed byol.py --config.seed=$seed
done
for seed in 0 1 2; do
  run prototypical-$seed prototypical.py --config.seed=$seed
done

short=(--config.data.image_size=28 --config.encoder.name=conv4 --config.encoder.width=0.5)
for source in omniglot tu_berlin; do
  [ -d "$data/$source" ] || continue
  if [ $source = omniglot ]; then
    epochs=1 episodes=2 warmup=0.2 rate=0.002 temperature=0.1
  else
    epochs=6 episodes=20 warmup=1 rate=0.004 temperature=0.07
  fi
  given=("${short[@]}" --config.data.root="$data/$source")
  run simclr-$source simclr.py:$source "${given[@]}" --config.epochs="$epochs" --config.batch_size=128 --config.optim.lr=0.008 \
    --config.optim.warmup_epochs="$warmup" --config.method.temperature=$temperature
  run byol-$source byol.py:$source "${given[@]}" --config.epochs="$epochs" --config.optim.lr=0.008 \
    --config.optim.warmup_epochs="$warmup"
  run prototypical-$source prototypical.py:$source "${given[@]}" --config.epochs="$episodes" --config.optim.lr=$rate
done
"$python" launch/readme.py "$runs" docs/results.json
