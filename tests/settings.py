"""The site's settings as the tests use them, in their own process and in the servers and workers that they start."""

import os

os.environ["IGNORE_DOTENV"] = "1"  # the tests' settings are no developer's; what is exported counts

from animegan_site.settings import *  # noqa: F403
from animegan_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests"]  # registers the tiny network
