"""What all tests share."""

pytest_plugins = ["coroutines", "rig.fixtures"]
