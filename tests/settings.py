"""The site's settings as the tests use them, in their own process and in the servers and workers that they start."""

from animegan_site.settings import *  # noqa: F403
from animegan_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests"]  # registers the tiny network
