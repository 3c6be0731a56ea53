#!/usr/bin/env bash
# One run on all hosts of a TPU pod slice, which must exist and have this repository, with its .venv, in ~/sketchjax:
#   TPU=NAME ZONE=ZONE launch/tpu_pod.sh --config=configs/simclr.py --config.workdir=DIR [FLAGS...]
# DIR: a folder that all hosts see. DRY_RUN=1 prints the command and does nothing. Exit code: 0, or that of gcloud.
# Checked by shellcheck and its dry run (tests/test_launch.py); it has not run on a pod.
set -euo pipefail

printf -v command '%q ' .venv/bin/python -m sketchjax.main --distributed "$@"
${DRY_RUN:+echo} gcloud compute tpus tpu-vm ssh "${TPU:?the name of the TPU}" --zone="${ZONE:?its zone}" --worker=all \
  --command="cd sketchjax && $command"
