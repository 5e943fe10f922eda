from django.apps import AppConfig


class TestsConfig(AppConfig):
    name = "tests"

    def ready(self) -> None:
        """Make the tiny network known, with the cost of the network of the style that comes with the project."""
        from inference.architectures import ARCHITECTURES, ArchitectureSpec, register

        cost = ARCHITECTURES["compact_fine"].cost
        register(ArchitectureSpec("tiny", "tests.tiny_architecture:TinyGenerator", cost))
