"""A site of the benchmark's own, so that it neither reads nor changes what the real one keeps."""

import os

from .material import Material


def enter(material: Material, backend: str, default_style: str) -> None:
    """Set up Django in this process, which must not have done so before; `backend` is openvino or torch."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "animegan_site.settings",
        "IGNORE_DOTENV": "1",
        "VAR_DIR": str(material.folder / "var"),
        "MEDIA_ROOT": str(material.folder / "media"),
        "WEIGHTS_DIR": str(material.weights),
        "DATABASE_URL": f"sqlite:///{material.folder}/unused.sqlite3",
        "DEFAULT_STYLE": default_style,
        "INFERENCE_DEVICE": "cpu",
        "INFERENCE_BACKEND": backend,
    }
    import django

    django.setup()
