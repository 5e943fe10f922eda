"""For gunicorn: animegan_site.wsgi:application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")
application = get_wsgi_application()
