"""Train on a Slurm cluster: one process for each GPU of each node, as torchrun would start them.

    python -m bfrbench.reference_model.training.slurm --nodes 2 --per-node 8 --hours 48 --partition gpu -- \\
        gfpgan /shared/faces.tar /shared/runs/gfpgan --config gfpgan.toml --val /shared/val --device cuda

What follows `--` is what follows `bfrbench train`. A job that is pre-empted, or at the end of its hours, is
queued again and goes on from its last checkpoint. Needs submitit (`pip install submitit`).
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import submitit
from submitit.helpers import DelayedSubmission, TorchDistributedEnvironment

from bfrbench.errors import WorkerDied

_ANEW = 1_000  # times that a job at the end of its hours is queued again; submitit's own is 3


@dataclass(frozen=True, slots=True)
class Training:
    """One process of a job; submitit pickles it, and calls it in every task."""

    arguments: tuple[str, ...]  # of `bfrbench train`

    def __call__(self) -> None:
        """Train in a process of its own; raises WorkerDied, the sentence being in the job's stderr."""
        # RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT; which GPU follows from LOCAL_RANK
        TorchDistributedEnvironment().export(set_cuda_visible_devices=False)
        ended = subprocess.run([sys.executable, "-m", "bfrbench", "train", *self.arguments], check=False)
        if ended.returncode:
            raise WorkerDied(f"`bfrbench train` ended with status {ended.returncode}; its stderr says why.")

    def checkpoint(self) -> DelayedSubmission:
        """What submitit queues when the job is pre-empted: the same again."""
        return DelayedSubmission(self)


def submit(executor: submitit.Executor, arguments: Sequence[str]) -> submitit.Job[None]:
    """Queue one job of as many processes as the executor has tasks."""
    return executor.submit(Training(tuple(arguments)))


def main() -> None:
    """The command line above; prints the job's number."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--per-node", type=int, default=1, help="processes, and GPUs, of each node")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--cpus", type=int, default=8, help="of each process: it degrades, too")
    parser.add_argument("--partition")
    parser.add_argument("--logs", type=Path, default=Path("slurm"), help="folder on shared storage")
    parser.add_argument(
        "--cluster", choices=("slurm", "local"), default="slurm", help="local: no Slurm, no GPU"
    )
    parser.add_argument("arguments", nargs="+", help="of `bfrbench train`")
    options = parser.parse_args()
    executor = submitit.AutoExecutor(
        options.logs,
        cluster=options.cluster,
        slurm_max_num_timeout=_ANEW,
    )
    executor.update_parameters(
        name="bfrbench-train",
        nodes=options.nodes,
        tasks_per_node=options.per_node,
        cpus_per_task=options.cpus,
        timeout_min=round(60 * options.hours),
    )
    if options.cluster == "slurm":
        executor.update_parameters(gpus_per_node=options.per_node, slurm_partition=options.partition)
    job = submit(executor, options.arguments)
    sys.stdout.write(f"{job.job_id}\n")
    if options.cluster == "local":
        job.results()


if __name__ == "__main__":
    main()
