"""First on the path, it stands for scikit-learn as where the extra is not installed (tests/conftest.py, `command`)."""

raise ImportError("not installed")
