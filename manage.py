#!/usr/bin/env python
"""Django's command line for this site."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")
    from django.core.management import execute_from_command_line

    from animegan_site.file_modes import restrict_umask

    restrict_umask()

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
