"""Checkpoints: the whole state, a fingerprint of it, and what it was trained on. Only an intact one is ever used."""

import hashlib
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from orbax.checkpoint.checkpoint_managers import preservation_policy as policy

from sketchjax.config import Failed, UserError
from sketchjax.mesh import is_first, wait_for_all


class Checkpoints:
    """The checkpoints of one workdir: the latest, to go on from, and the best by score. Close (`with`) before exit.

    own: of a run that is this process's; else another may be saving there, and what is half-written is left alone."""

    def __init__(self, workdir: Path, own: bool = True):
        self._folder = workdir.absolute() / "checkpoints"
        if is_first():
            self._mend_scores()
        wait_for_all("scores are read")
        score = lambda metrics: metrics["score"]  # noqa: E731
        options = ocp.CheckpointManagerOptions(
            best_fn=score,
            cleanup_tmp_directories=own,
            preservation_policy=policy.AnyPreservationPolicy(
                [policy.LatestN(1), policy.BestN(get_metric_fn=score, n=1)]  # max_to_keep would delete the latest
            ),
        )
        self._manager = ocp.CheckpointManager(self._folder, options=options)

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is not None:
            _hush()
        with self._reported(always=error is None):
            self._manager.close()

    @contextmanager
    def _reported(self, always: bool = True) -> Iterator[None]:
        """Raises: Failed for what orbax, tensorstore or the system raises for a save; or nothing, where one is on its
        way already."""
        try:
            yield
        except Exception as error:
            _hush()
            if always:
                why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
                raise Failed(
                    f"a checkpoint could not be saved in {self._folder}: {why}: see to its disk; the same command goes "
                    "on from the last whole one"
                ) from error

    def _mend_scores(self) -> None:
        """Orbax asks a file of its own for the best, which nothing protects: it is put right by what digest does."""
        for step in (path for path in self._folder.glob("*") if path.name.isdigit()):
            score, file = _score(step), step / "metrics" / "metrics"
            try:
                if json.loads(file.read_bytes()) == {"score": score}:
                    continue
            except (OSError, ValueError):
                pass
            with suppress(FileNotFoundError):  # a run that goes on has dropped the step meanwhile
                file.parent.mkdir(exist_ok=True)
                file.write_text(json.dumps({"score": score}))
                print(f"checkpoint {step.name} in {self._folder} is damaged: its score is {score}", flush=True)

    def save(self, step: int, state: Any, score: float, about: dict[str, Any]) -> None:
        """Saves in the background; check says at once where that has failed.

        score must be finite: orbax drops the true best for a NaN. Raises: Failed."""
        assert np.isfinite(score), score
        about = {**about, "score": score, "fingerprint": fingerprint(state), "versions": versions()}
        about["digest"] = digest(about)
        items = ocp.args.Composite(state=ocp.args.StandardSave(state), about=ocp.args.JsonSave(about))
        with self._reported():
            self._manager.wait_until_finished()
            saved = self._manager.save(step, args=items, metrics={"score": score})
        if not saved:
            raise RuntimeError(f"orbax did not save step {step}: its latest is {self._manager.latest_step()}")

    def check(self) -> None:
        """Raises: Failed where a save in the background has failed."""
        with self._reported():
            self._manager.check_for_errors()

    def wait(self) -> None:
        """Until what was saved is on disk. Raises: Failed."""
        with self._reported():
            self._manager.wait_until_finished()

    def steps(self) -> dict[str, int]:
        """{"latest": step, "best": step}, or {} before the first save."""
        self._manager.wait_until_finished()
        latest, best = self._manager.latest_step(), self._manager.best_step()
        return {} if latest is None or best is None else {"latest": latest, "best": best}

    def last_good(self) -> int | None:
        """The newest step that no verdict vetoed, or None."""
        self._manager.wait_until_finished()
        return max((step for step in self._manager.all_steps() if _score(self._folder / str(step)) >= 0), default=None)

    def restore(self, step: int, target: Any) -> tuple[Any, dict[str, Any]]:
        """The state of a step, laid out like target (arrays or ShapeDtypeStructs with shardings), and what it is about.

        Raises: UserError where the step is damaged or of another structure."""
        shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding), target)
        items = ocp.args.Composite(state=ocp.args.StandardRestore(shapes), about=ocp.args.JsonRestore())
        try:
            found = self._manager.restore(step, args=items)
        except Exception as error:  # orbax, tensorstore and json each raise their own for a damaged file
            raise UserError(f"checkpoint {step} in {self._folder} is damaged: {str(error).splitlines()[0]}") from error
        state, about = found["state"], found["about"]
        if about.get("digest") != digest(about) or about["fingerprint"] != fingerprint(state):
            raise UserError(f"checkpoint {step} in {self._folder} is damaged: its fingerprint does not match")
        return state, about

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
                if is_first():
                    aside.mkdir(exist_ok=True)
                    (self._folder / str(damaged)).rename(aside / str(damaged))
            wait_for_all("damaged checkpoints are aside")
            self._manager.reload()
            return found
        if reasons:
            raise UserError(f"{reasons[0]}, and no other is intact: use another workdir to start again")
        return None


def _score(step: Path) -> float:
    """What a checkpoint says of itself; -1 where a verdict vetoed it, or where it is damaged and never restored."""
    try:
        about = json.loads((step / "about" / "metadata").read_text())
        return about["score"] if about["digest"] == digest(about) else -1.0
    except (OSError, ValueError, TypeError, KeyError):
        return -1.0


def _hush() -> None:
    """The other threads and writes of a save that has failed say the same, later, over the line that tells the user."""
    for name in ("absl", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    sys.unraisablehook = lambda _: None


def fingerprint(state: Any) -> str:
    """SHA-256 over every leaf's path, type, shape and bytes."""
    total = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(jax.device_get(state)):
        array = np.asarray(leaf)
        total.update(f"{jax.tree_util.keystr(path)} {array.dtype} {array.shape}\n".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def digest(about: dict[str, Any]) -> str:
    """SHA-256 of all else that a checkpoint is about."""
    rest = {name: value for name, value in about.items() if name != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Of the packages that decide a run's numbers."""
    return {name: metadata.version(name) for name in ("jax", "jaxlib", "flax", "optax", "numpy")}
