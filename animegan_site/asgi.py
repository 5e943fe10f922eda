"""For ASGI servers: animegan_site.asgi:application."""

import os

from django.core.asgi import get_asgi_application

from animegan_site.file_modes import restrict_umask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")
restrict_umask()
application = get_asgi_application()
