"""The report of a run that has just begun, for tests of the page that shows it."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from tests.training.samples import SMALL
from training.config import write_config
from training.data.pairs import CropSource
from training.recipes.paired import PairedConfig
from training.recipes.supervised import SupervisedTrainer
from training.report.log import append_row
from training.trainer import make_fabric

FIGURES = """style,of,error,ssim,gabor
ink,photo,22.05,0.581,0.224
ink,comic,25.65,0.552,0.231
wash,photo,14.13,0.784,0.153
wash,start,13.65,0.749,0.181
"""


def write_training_report(static: Path, name: str = "drawn", title: str = "Ink and wash") -> Path:
    """Into `learning/NAME` below a folder of static files, as the command makes it."""
    run = static / "runs" / name
    run.mkdir(parents=True)
    config = PairedConfig(pairs=[Path("pairs/ink"), Path("pairs/wash")], out=run, widths=SMALL)
    source = CropSource([], [], crop=32, batch_size=2, styles=config.styles)
    trainer = SupervisedTrainer(config, make_fabric(config), source)
    for step in (10, 20, 30):
        figures = {"l1": 1 / step, "error": 200 / step, "ssim": 0.5 + step / 100, "error_of_photo": 18.1}
        append_row(run / "log.csv", {"step": step} | figures | {"error_ink": 90 / step, "seconds_per_step": 90})
    trainer.step = 30
    trainer.save(config.checkpoint)
    write_config(config)
    (run / "figures.csv").write_text(FIGURES, "utf-8")
    out = static / "learning" / name
    titles = (f"--title={title}", "--title-zh=水墨")
    call_command("training_report", str(run), f"--out={out}", *titles, stdout=StringIO())
    return out
