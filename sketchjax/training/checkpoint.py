"""Checkpoints: the whole state, a fingerprint of it, and what it was trained on. Only an intact one is ever used."""

import hashlib
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from orbax.checkpoint.checkpoint_managers import preservation_policy as policy

from sketchjax.config import UserError


class Checkpoints:
    """The checkpoints of one workdir: the latest, to go on from, and the best by score. Close (`with`) before exit."""

    def __init__(self, workdir: Path):
        self._folder = workdir.absolute() / "checkpoints"
        score = lambda metrics: metrics["score"]  # noqa: E731
        options = ocp.CheckpointManagerOptions(
            best_fn=score,
            cleanup_tmp_directories=True,
            preservation_policy=policy.AnyPreservationPolicy(
                [policy.LatestN(1), policy.BestN(get_metric_fn=score, n=1)]  # max_to_keep would delete the latest
            ),
        )
        self._manager = ocp.CheckpointManager(self._folder, options=options)

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, *_: object) -> None:
        self._manager.close()

    def save(self, step: int, state: Any, score: float, about: dict[str, Any]) -> None:
        """Saves in the background; a failure surfaces at the next save or on closing.

        score must be finite: orbax drops the true best for a NaN."""
        assert np.isfinite(score), score
        about = {**about, "fingerprint": fingerprint(state), "versions": versions()}
        items = ocp.args.Composite(state=ocp.args.StandardSave(state), about=ocp.args.JsonSave(about))
        self._manager.wait_until_finished()
        if not self._manager.save(step, args=items, metrics={"score": score}):
            raise RuntimeError(f"orbax did not save step {step}: its latest is {self._manager.latest_step()}")

    def steps(self) -> dict[str, int]:
        """{"latest": step, "best": step}, or {} before the first save."""
        self._manager.wait_until_finished()
        latest, best = self._manager.latest_step(), self._manager.best_step()
        return {} if latest is None or best is None else {"latest": latest, "best": best}

    def restore(self, step: int, target: Any) -> tuple[Any, dict[str, Any]]:
        """The state of a step, laid out like target (arrays or ShapeDtypeStructs with shardings), and what it is about.

        Raises: UserError where the step is damaged or of another structure."""
        shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding), target)
        items = ocp.args.Composite(state=ocp.args.StandardRestore(shapes), about=ocp.args.JsonRestore())
        try:
            found = self._manager.restore(step, args=items)
        except Exception as error:  # orbax, tensorstore and json each raise their own for a damaged file
            raise UserError(f"checkpoint {step} in {self._folder} is damaged: {str(error).splitlines()[0]}") from error
        if fingerprint(found["state"]) != found["about"]["fingerprint"]:
            raise UserError(f"checkpoint {step} in {self._folder} is damaged: its fingerprint does not match")
        return found["state"], found["about"]

    def restore_newest(self, target: Any) -> tuple[Any, dict[str, Any]] | None:
        """The newest intact state, or None before the first save. A damaged one is moved to `damaged/`, which is said.

        Raises: UserError where there are checkpoints and none is intact."""
        steps = sorted(self._manager.all_steps(), reverse=True)
        reasons = []
        for at, step in enumerate(steps):
            try:
                found = self.restore(step, target)
            except UserError as error:
                reasons.append(str(error))
                continue
            for damaged, reason in zip(steps[:at], reasons, strict=True):
                print(f"{reason}: moved to damaged/{damaged}, going on from step {step}", flush=True)
                aside = self._folder.parent / "damaged"
                aside.mkdir(exist_ok=True)
                (self._folder / str(damaged)).rename(aside / str(damaged))
            self._manager.reload()
            return found
        if reasons:
            raise UserError(f"{reasons[0]}, and no other is intact: use another workdir to start again")
        return None


def fingerprint(state: Any) -> str:
    """SHA-256 over every leaf's path, type, shape and bytes."""
    total = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(jax.device_get(state)):
        array = np.asarray(leaf)
        total.update(f"{jax.tree_util.keystr(path)} {array.dtype} {array.shape}\n".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def versions() -> dict[str, str]:
    """Of the packages that decide a run's numbers."""
    return {name: metadata.version(name) for name in ("jax", "jaxlib", "flax", "optax", "numpy")}
