#!/usr/bin/env bash
# One run on a Slurm cluster, a process for each GPU:
#   sbatch --nodes=2 launch/slurm.sh --config=configs/simclr.py --config.workdir=DIR [FLAGS...]
# DIR: a folder that all nodes see. Slurm's SIGTERM, two minutes before the time is over, ends the processes saved, with 75; then,
# and where a node was lost, the job goes back into the queue, RESTARTS times (20) at most. PYTHON: the interpreter.
# Checked by shellcheck, and with a stand-in for Slurm (tests/test_launch.py); it has not run on a cluster.
#SBATCH --job-name=sketchjax
#SBATCH --gpus-per-node=8
#SBATCH --ntasks-per-node=8
#SBATCH --signal=TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
set -uo pipefail

srun "${PYTHON:-.venv/bin/python}" -m sketchjax.main --distributed "$@"
code=$? # the highest of all processes'
if { [ $code -eq 75 ] || [ $code -ge 128 ]; } && [ "${SLURM_RESTART_COUNT:-0}" -lt "${RESTARTS:-20}" ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit $code
