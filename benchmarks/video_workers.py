"""How much sooner a video is done where two workers convert it.

    .venv/bin/python benchmarks/video_workers.py [--turns 3] [--seconds 12]

One video job of a site with folders and a database of its own, which are gone afterwards, is done by one worker that
is held to one core, by two with a core each, and by one and by two that share both cores. They take turns; medians
count, and ratios are of one turn. Workers have loaded the style before the job is there.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")

WAYS = {  # the cores of each worker
    "one worker, one core": ["0"],
    "two workers, one core each": ["0", "1"],
    "one worker, two cores": ["01"],
    "two workers, two cores": ["01", "01"],
}
READY = 120  # seconds


@contextmanager
def workers(cores: list[str], own: Path) -> Iterator[None]:
    """Worker processes on these cores, once they wait for something to do."""
    usable = sorted(os.sched_getaffinity(0))
    logs = [own / f"worker_{place}.log" for place in range(len(cores))]
    running = []
    for log, numbers in zip(logs, cores, strict=True):
        command = [sys.executable, "manage.py", "run_worker", "--alone", "--processes", str(len(cores))]
        held_to = {usable[int(number)] for number in numbers}
        with log.open("w", encoding="utf-8") as file:
            running.append(subprocess.Popen(command, stdout=file, stderr=file))
        os.sched_setaffinity(running[-1].pid, held_to)
    try:
        wait_until_ready(running)
        yield
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(60)


def wait_until_ready(running: "list[subprocess.Popen[bytes]]") -> None:
    """Until each has said that it is there, which it does once the style is loaded."""
    from gallery.videos.workers import alive_workers

    deadline = time.monotonic() + READY
    while alive_workers().count() < len(running):
        if time.monotonic() > deadline or any(process.poll() is not None for process in running):
            raise RuntimeError("the workers do not become ready")
        time.sleep(0.2)


def seconds_of_a_job(video: object) -> float:
    from gallery.models import VideoJob
    from gallery.videos import services

    begin = time.perf_counter()
    job = services.create_job(video=video, style="comic", detail="balanced")
    while (state := VideoJob.objects.get(pk=job.pk)).is_active:
        time.sleep(0.05)
    taken = time.perf_counter() - begin
    if state.state != "done":
        raise RuntimeError(f"the job ended as {state.state}: {state.error}")
    services.delete_job(state)
    return taken


def measure(own: Path, turns: int, seconds: int) -> dict[str, list[float]]:
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import User
    from benchmarks import video_clips
    from gallery.videos import uploads

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("video-workers")
    photos = video_clips.photos(None)
    video_clips.write(own / "clip.mp4", video_clips.make_clip("pan", photos[0], photos[1], 25 * seconds))
    with (own / "clip.mp4").open("rb") as file:
        size = (own / "clip.mp4").stat().st_size
        video = uploads.receive_whole_file(owner=owner, name="clip.mp4", size=size, source=file)
    with workers(["01"], own):
        seconds_of_a_job(video)  # compiles what later workers find on disk
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for turn in range(turns):
        for way, cores in WAYS.items():
            with workers(cores, own):
                taken[way].append(seconds_of_a_job(video))
            print(f"turn {turn + 1}: {way}: {taken[way][-1]:.1f} s", flush=True)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=12, help="of the video, 25 frames of 640x360 each")
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        parser.error("there is only one core to run on")
    os.chdir(Path(__file__).parents[1])
    print(f"load of the last minute {os.getloadavg()[0]:.2f}\n", flush=True)
    with tempfile.TemporaryDirectory() as name:
        own = Path(name)
        folders = {"VAR_DIR": own / "var", "MEDIA_ROOT": own / "media", "INFERENCE_CACHE_DIR": own / "compiled"}
        os.environ.update({key: str(folder) for key, folder in folders.items()}, IGNORE_DOTENV="1", LOG_LEVEL="WARNING")
        os.environ.pop("DATABASE_URL", None)
        taken = measure(own, options.turns, options.seconds)
    one_core, two_cores = taken["one worker, one core"], taken["one worker, two cores"]
    print("\n| | seconds | of the time of one worker on one core | of one on both |\n|---|---|---|---|")
    for way, each in taken.items():
        ratios = [statistics.median(a / b for a, b in zip(each, base, strict=True)) for base in (one_core, two_cores)]
        print(f"| {way} | {statistics.median(each):.1f} | {ratios[0]:.2f} | {ratios[1]:.2f} |")


if __name__ == "__main__":
    main()
