"""What all tests share."""

from __future__ import annotations

import pytest

pytest_plugins = ["coroutines", "measured", "rig.fixtures"]


@pytest.fixture(autouse=True, scope="session")
def nothing_in_the_home_folder(tmp_path_factory):
    """What commands keep to be faster goes into a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
