"""Few-shot scoring: ours against easyfsl, on the same embeddings.

  pip install -e '.[test,benchmarks]'
  python -m benchmarks.episodes [--episodes=10000] [--way=5] [--shot=1] [--query=15] [--features=64] \
[--json=benchmarks/results.jsonl]

Embeddings as many as TU-Berlin's novel drawings (49 classes of 80), drawn at random around a centre for each class.
Ours: make_episodes and few_shot. Theirs: TaskSampler, a DataLoader over FeaturesDataset (in the process itself, and
with two workers), PrototypicalNetworks, evaluate. A block draws and scores so many episodes, of theirs a twentieth as
many; ours and theirs in turn. Checked first: on the same 200 episodes both find the same number of queries right.
Prints episodes per second and how many times faster ours was in the same round, median and quartiles; --json appends
them as rows.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

import jax
import numpy as np
import torch
from easyfsl.datasets import FeaturesDataset
from easyfsl.methods import PrototypicalNetworks
from easyfsl.samplers import TaskSampler
from easyfsl.utils import evaluate, evaluate_on_one_task
from torch.utils.data import DataLoader, Sampler

from benchmarks import measure
from sketchjax.config import UserError
from sketchjax.evaluation.few_shot import few_shot, make_episodes
from sketchjax.flags import Parser

_ROUNDS, _CLASSES, _EACH, _SPREAD = 7, 49, 80, 2.0


def embeddings(features: int) -> tuple[np.ndarray, np.ndarray]:
    """(embeddings, labels)"""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(_CLASSES, dtype=np.int32), _EACH)
    centres = rng.standard_normal((_CLASSES, features))
    found = centres[labels] + _SPREAD * rng.standard_normal((len(labels), features))
    return found.astype(np.float32), labels


def compare(found: np.ndarray, labels: np.ndarray, way: int, shot: int, query: int) -> None:
    """Refuses to time what does not score the same."""
    episodes = make_episodes(labels, way, shot, query, 200, 1)
    ours, right = few_shot(found, episodes), 0
    model = PrototypicalNetworks().eval()
    for rows in episodes.rows:
        pages, own = torch.from_numpy(found[rows]), torch.arange(way)
        support, asked = pages[:, :shot].flatten(0, 1), pages[:, shot:].flatten(0, 1)
        labels_of = own.repeat_interleave(shot), own.repeat_interleave(query)
        right += evaluate_on_one_task(model, support, labels_of[0], asked, labels_of[1])[0]
    theirs = 100 * right / (len(episodes.rows) * way * query)
    print(f"accuracy on 200 episodes: sketchjax {ours.accuracy:.4f} %, easyfsl {theirs:.4f} %", flush=True)
    assert abs(ours.accuracy - theirs) < 1e-3


def easyfsl(found: np.ndarray, labels: np.ndarray, shape: dict[str, int], workers: int) -> Callable[[], float]:
    """A block of theirs."""
    names = [f"class {label}" for label in range(_CLASSES)]
    dataset: Any = FeaturesDataset(labels.tolist(), torch.from_numpy(found), names)
    numbers = shape["way"], shape["shot"], shape["query"], max(1, shape["episodes"] // 20)
    with mock.patch.object(Sampler, "__init__", lambda self, data_source: None):  # easyfsl 1.5's; torch 2.13 takes none
        sampler = TaskSampler(dataset, *numbers)
    keep: dict[str, Any] = {"persistent_workers": True, "multiprocessing_context": "fork"} if workers else {}
    collate = sampler.episodic_collate_fn
    loader = DataLoader(dataset, batch_sampler=sampler, num_workers=workers, collate_fn=collate, **keep)
    model = PrototypicalNetworks().eval()
    next(iter(loader))  # starts the workers

    def block() -> float:
        started = time.perf_counter()
        evaluate(model, loader, device="cpu", use_tqdm=False)
        return len(sampler) / (time.perf_counter() - started)

    return block


def measured(shape: dict[str, int], features: int) -> list[measure.Row]:
    torch.set_num_threads(measure.CORES)
    found, labels = embeddings(features)
    way, shot, query, count = (shape[name] for name in ("way", "shot", "query", "episodes"))
    others = {f"easyfsl, {n} workers": easyfsl(found, labels, shape, n) for n in (0, 2)}  # before JAX starts threads
    compare(found, labels, way, shot, query)

    def ours() -> float:
        started = time.perf_counter()
        few_shot(found, make_episodes(labels, way, shot, query, count, 0))
        return count / (time.perf_counter() - started)

    sides = {measure.OURS: ours} | others
    for block in sides.values():
        block()
    common = {"benchmark": "episodes", "case": f"{way}-way {shot}-shot {query}q x{count}", "unit": "episodes/s"}
    return measure.rows_of(measure.in_turns(sides, _ROUNDS), 1, common | {"features": features})


def main(argv: Sequence[str]) -> int:
    """The exit code of the command line argv: 0 measured, 2 refused."""
    parser = Parser("benchmarks.episodes", __doc__)
    for name, value in {"episodes": 10_000, "way": 5, "shot": 1, "query": 15, "features": 64}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--json", default="")
    try:
        asked = vars(parser.parse_args(argv))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    jax.config.update("jax_platforms", "cpu")
    path, features = asked.pop("json"), asked.pop("features")
    measure.write(measured(asked, features), path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
