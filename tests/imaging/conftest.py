"""The engine and the styles of the tests of inference, for the few that convert before they look at a file."""

from tests.inference.conftest import compiled, engine, ink, one_thread, var_dir

__all__ = ["compiled", "engine", "ink", "one_thread", "var_dir"]
