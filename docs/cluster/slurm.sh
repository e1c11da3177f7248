#!/bin/bash
# sbatch docs/cluster/slurm.sh RECIPE RUN [more arguments of `mmgan-zoo train`]
# One torchrun on each node, one process for each of its GPUs. Change what the next lines ask for.
#SBATCH --job-name=mmgan
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=24:00:00
# Training saves and ends when it is told to. The job then goes on from where it was: --resume.
#SBATCH --signal=TERM@120
#SBATCH --requeue
set -eu
recipe=${1:?sbatch slurm.sh RECIPE RUN} run=${2:?sbatch slurm.sh RECIPE RUN}
shift 2
first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
srun torchrun \
  --nnodes "$SLURM_NNODES" --nproc_per_node "${SLURM_GPUS_ON_NODE:-1}" \
  --rdzv_backend c10d --rdzv_id "$SLURM_JOB_ID" \
  --rdzv_endpoint "$first:$((20000 + SLURM_JOB_ID % 20000))" \
  -m mmgan_core.cli.main train "$recipe" --out "$run" --resume "$@"
