#!/bin/bash
# Four nodes with eight GPUs each: Ray on all of them, `fice batch` on the first. Queue it with sbatch.
#SBATCH --job-name=fice-batch
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --cpus-per-task=32
#SBATCH --time=08:00:00
set -euo pipefail

job=${1:?usage: sbatch slurm.sh JOB.toml}
port=6379
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
workers=$((SLURM_JOB_NUM_NODES * 8))
export RAY_USAGE_STATS_ENABLED=0

srun --nodes=1 --ntasks=1 -w "$head" \
    ray start --head --port="$port" --num-gpus=8 --num-cpus="$SLURM_CPUS_PER_TASK" --block &
sleep 20
srun --nodes=$((SLURM_JOB_NUM_NODES - 1)) --ntasks=$((SLURM_JOB_NUM_NODES - 1)) --exclude="$head" \
    ray start --address="$head:$port" --num-gpus=8 --num-cpus="$SLURM_CPUS_PER_TASK" --block &
sleep 20

# On the head, so that `auto` finds it. What is done already is not done again.
srun --overlap --nodes=1 --ntasks=1 -w "$head" \
    fice batch "$job" --engine ray --address auto --workers "$workers" --gpus-per-worker 1 \
    --cpus-per-worker 3 --device cuda
