"""How near a student must come to its teacher before a site offers it."""

from dataclasses import dataclass

from training.metrics.evaluation import COLOR_MAP_SHARE, GRADIENT_ENERGY, RELATIVE_EYE_HEIGHT, Columns


@dataclass(frozen=True)
class GateRow:
    """One figure: what it is, what it should be, and whether it is; None: not measured."""

    name: str
    value: float | None
    goal: str
    is_met: bool | None


@dataclass(frozen=True)
class Gate:
    """Limits of the figures on photos that were held out, of a student beside its teacher."""

    max_error: float = 5.0  # of 255
    min_ssim: float = 0.90
    max_share_above: float = 0.10  # of the color map: how much more of a filter than the teacher
    min_gradient_energy: float = 0.90  # of the teacher's
    max_gradient_energy: float = 1.10
    max_eye_height_change: float = 0.05  # of the teacher's

    def check(self, figures: Columns) -> list[GateRow]:
        """Return a row for each limit, of what `Evaluation.figures` returns with a target."""
        result, share = figures["result"], figures["target"][COLOR_MAP_SHARE]
        low, high = self.min_gradient_energy, self.max_gradient_energy
        eyes = result.get(RELATIVE_EYE_HEIGHT)
        return [
            self._row("error", result["error"], -float("inf"), self.max_error),
            self._row("ssim", result["ssim"], self.min_ssim, float("inf")),
            self._row(
                COLOR_MAP_SHARE,
                result[COLOR_MAP_SHARE],
                -float("inf"),
                share + self.max_share_above,
                f" (teacher {share:.3f})",
            ),
            self._row(GRADIENT_ENERGY, result[GRADIENT_ENERGY], low, high),
            self._row("eye height", eyes, 1 - self.max_eye_height_change, 1 + self.max_eye_height_change),
        ]

    @staticmethod
    def _row(name: str, value: float | None, low: float, high: float, note: str = "") -> GateRow:
        limits = [f"{word} {limit:.3g}" for word, limit in (("at least", low), ("at most", high)) if abs(limit) < 1e9]
        is_met = None if value is None else low <= value <= high
        return GateRow(name, value, " and ".join(limits) + note, is_met)


def format_gate(rows: list[GateRow]) -> str:
    """Return a table of the rows, a line each."""
    words = {True: "met", False: "missed", None: "not measured"}
    return "\n".join(
        f"{row.name:18}{'' if row.value is None else f'{row.value:.3f}':>8}  {words[row.is_met]:14}{row.goal}"
        for row in rows
    )
