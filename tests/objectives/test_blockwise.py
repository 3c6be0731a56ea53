"""NT-Xent in blocks: the same number and gradient as all at once, in memory that grows as the batch does."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sketchjax.mesh import replicate, split_rows
from sketchjax.objectives import blockwise
from sketchjax.objectives.simclr import nt_xent

ALL = 1 << 30  # columns: one matrix


def embeddings(sketches, features=8, seed=0):
    return np.random.default_rng(seed).standard_normal((sketches, 2, features))


def of_itself(block, temperature):
    return jax.jit(jax.value_and_grad(lambda z: nt_xent(z, z, temperature, block)))


@pytest.mark.parametrize("temperature", [0.001, 0.07, 100.0])
@pytest.mark.parametrize(("sketches", "block"), [(16, 8), (11, 5), (11, 1)])
def test_equals_one_matrix(sketches, block, temperature):
    """Also where the last block is not full, and where the similarities overflow an exponential."""
    with jax.enable_x64(True):
        z = jnp.asarray(embeddings(sketches))
        (loss, gradient), (expected, slope) = (of_itself(b, temperature)(z) for b in (block, ALL))
        assert float(loss) == pytest.approx(float(expected), rel=1e-12)
        np.testing.assert_allclose(gradient, slope, rtol=1e-9, atol=1e-12)
    single = of_itself(block, temperature)(jnp.asarray(embeddings(sketches), jnp.float32))
    assert float(single[0]) == pytest.approx(float(expected), rel=1e-5)


def test_anchors_and_others_may_differ():
    with jax.enable_x64(True):
        a, b = jnp.asarray(embeddings(9)), jnp.asarray(embeddings(9, seed=1))
        found, expected = (
            jax.value_and_grad(lambda a, b, k=k: nt_xent(a, b, 0.1, k), argnums=(0, 1))(a, b) for k in (4, ALL)
        )
        jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-12), found, expected)
        assert np.abs(found[1][0] - found[1][1]).max() > 1e-3


def test_zero_and_equal_embeddings_are_finite():
    for z in (jnp.zeros((8, 2, 4)), jnp.ones((8, 2, 4))):
        loss, gradient = of_itself(4, 0.07)(z)
        assert float(loss) == pytest.approx(np.log(15), rel=1e-5) and np.isfinite(gradient).all()


def test_eight_devices_equal_one(mesh):
    z = embeddings(64).astype(np.float32)
    program = of_itself(24, 0.07)
    (one, slope), (eight, slope8) = program(replicate(mesh, z)), program(split_rows(mesh, z))
    assert float(eight) == pytest.approx(float(one), rel=1e-6)
    np.testing.assert_allclose(slope8, slope, atol=1e-7)


def temporary(sketches, block, place=jnp.asarray):
    """Bytes of the compiled loss and gradient beside what goes in and comes out, a device."""
    z = place(np.zeros((sketches, 2, 16), np.float32))
    return of_itself(block, 0.07).lower(z).compile().memory_analysis().temp_size_in_bytes


def test_memory_grows_as_the_batch_does(mesh):
    """Where one matrix grows as its square (the control); and eight devices share it."""
    assert temporary(4096, 64) < 2.5 * temporary(2048, 64)
    assert temporary(4096, ALL) > 3.5 * temporary(2048, ALL)
    assert temporary(4096, 64) < temporary(4096, ALL) / 20
    assert temporary(4096, 64, partial(split_rows, mesh)) < temporary(4096, 64) / 4


def test_the_block_is_chosen_by_size_alone():
    assert [blockwise.block_of(n) for n in (256, 2048, 2050, 65_536, 131_072, 1 << 22)] == [0, 0, 1024, 512, 256, 64]
