"""Run `manage.py` and say at the end how much memory it took, in megabytes.

The kernel's high-water mark of this program alone: what getrusage tells is inherited from whoever started it.
"""

import os
import re
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")
    try:
        execute_from_command_line(sys.argv)
    finally:
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
        assert peak
        print("peak", int(peak[1]) // 1024)
