"""The other side's way from files to batches of two views: torch data loaders over a folder of CLASS/NAME.png."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from lightly.data import LightlyDataset
from lightly.transforms import SimCLRTransform
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

WORKERS = 2
Loader = DataLoader[Any]


class Shuffled:
    """So many batches at every pass, of rows in random order without repeats."""

    def __init__(self, rows: int, batch_size: int):
        self.rows, self.batch_size, self.batches, self.rng = rows, batch_size, 0, np.random.default_rng(0)

    def __iter__(self) -> Iterator[list[int]]:
        order = self.rng.permutation(self.rows).tolist()
        for at in range(self.batches):
            first = at * self.batch_size % (self.rows - self.batch_size + 1)
            yield order[first : first + self.batch_size]

    def __len__(self) -> int:
        return self.batches


class PerImage(Dataset):
    """One drawing at a time by OpenCV, at the size of its file, then resized: the usual script of sketch papers."""

    def __init__(self, folder: Path, size: int):
        self.files, self.size = sorted(str(file) for file in folder.glob("*/*.png")), size

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor]:
        cv2.setNumThreads(0)  # or every worker starts as many threads as there are cores
        page = 255 - cv2.imread(self.files[row], cv2.IMREAD_GRAYSCALE)
        rng = np.random.default_rng()
        first, second = (torch.from_numpy(self.view(page, rng))[None] for _ in range(2))
        return first, second

    def view(self, page: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Mirror, affine, thicker or thinner, blur, noise; ink 1 on paper 0."""
        side = len(page)
        if rng.random() < 0.5:
            page = cv2.flip(page, 1)
        matrix = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-15, 15), rng.uniform(0.85, 1.15))
        matrix[:, 2] += rng.uniform(-0.08, 0.08, 2) * side
        matrix[0, 1] += rng.uniform(-0.2, 0.2)
        page = cv2.warpAffine(page, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=0)
        change = cv2.dilate if rng.random() < 0.5 else cv2.erode
        page = change(page, np.ones((2, 2), np.uint8), iterations=int(rng.integers(0, 3)))
        page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.1, 0.015 * side))
        small = cv2.resize(page, (self.size, self.size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        return np.clip(small + rng.normal(0, 0.02, small.shape).astype(np.float32), 0, 1)


def lightly(folder: Path, size: int, batch_size: int) -> Loader:
    """lightly's own SimCLR views, as its tutorial loads them."""
    return _loader(LightlyDataset(str(folder), transform=SimCLRTransform(input_size=size)), batch_size)


def opencv(folder: Path, size: int, batch_size: int) -> Loader:
    return _loader(PerImage(folder, size), batch_size)


def _loader(dataset: Any, batch_size: int) -> Loader:
    """Workers that stay between passes, forked now: later this process runs JAX's threads, which a fork may hang."""
    batches: Any = Shuffled(len(dataset), batch_size)
    loader = DataLoader(
        dataset, batch_sampler=batches, num_workers=WORKERS, persistent_workers=True, multiprocessing_context="fork"
    )
    list(started(loader, 0))
    return loader


def views_of(batch: Any) -> Tensor:
    """[2 sketches, 1, size, size], a sketch's views side by side. Of lightly's three channels the first."""
    first, second = batch[0] if isinstance(batch[0], list) else batch
    return torch.stack([first[:, :1], second[:, :1]], 1).flatten(0, 1)


def started(loader: Loader, batches: int) -> Iterator[Any]:
    """A pass of so many batches, after each worker has delivered one."""
    sampler: Any = loader.batch_sampler
    sampler.batches = batches + WORKERS
    incoming = iter(loader)
    for _ in range(WORKERS):
        next(incoming)
    return incoming


Make = Callable[[Path, int, int], Loader]
SIDES: dict[str, Make] = {"lightly": lightly, "opencv per image": opencv}
