"""Stands before the real one in ``make check``, see `tests.light`."""

raise ImportError("make check goes without TensorFlow: mark what needs it @pytest.mark.tensorflow")
