"""This project beside every other way to run these generators: same machine, same run, same photo.

`manage.py benchmark` (which `make bench` runs) prints what `measure.py` finds. Each way is a contestant:

    published.py     (1) the published script in one process
    new_process.py   (2) a new Python process for each picture, as the original site has it
    onnx_runtime.py  (3) ONNX Runtime on the exported graph
    ours.py          (4) this project, by style and back end
    matrix.py        (5) matrix products alone: the machine's own limit

`contestants.py` lists who takes part in which race, `race.py` lets them take turns, each in a process of its own
(`worker.py`), so that the noise of the machine hits all alike and each one's memory is its own. `material.py` makes
what they read. `start.py` measures the start of a serving process, `goals.py` says what was aimed at, `table.py`
prints. Needs Linux: memory is read from /proc.
"""
