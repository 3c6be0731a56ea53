"""What several promises are measured against."""

import pytest

from tests.promises.test_resume import finish


@pytest.fixture(scope="session")
def undisturbed(command, tmp_path_factory):
    """The folder of a SimCLR run of 36 updates that nobody disturbed."""
    workdir = tmp_path_factory.mktemp("undisturbed") / "run"
    finish(command(workdir))
    return workdir
