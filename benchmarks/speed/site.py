"""A site of the benchmark's own, so that it neither reads nor changes what the real one keeps."""

import os

from benchmarks.speed.material import Material

# By name: back end and precision.
BACKENDS = {
    "openvino": ("openvino", "auto"),
    "openvino, single precision": ("openvino", "single"),
    "torch": ("torch", "single"),
}


def set_up_django(material: Material, backend: str, default_style: str) -> None:
    """Set up Django in this process, which must not have done so before; `backend` is one of BACKENDS."""
    name, precision = BACKENDS[backend]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "animegan_site.settings",
        "IGNORE_DOTENV": "1",
        "VAR_DIR": str(material.folder / "var"),
        "MEDIA_ROOT": str(material.folder / "media"),
        "WEIGHTS_DIR": str(material.weights),
        "DATABASE_URL": f"sqlite:///{material.folder}/unused.sqlite3",
        "DEFAULT_STYLE": default_style,
        "INFERENCE_DEVICE": "cpu",
        "INFERENCE_BACKEND": name,
        "INFERENCE_PRECISION": precision,
    }
    import django

    django.setup()
