"""What is collected: classes of pictures, each with the words that the site is asked for."""

from dataclasses import dataclass

# Class of the folders -> words in the search. `--phrase … --class …` adds one for a run.
PHRASES = {
    "super_star": "明星",
    "cartoon": "动漫人物",
}
GENDERS = ("male", "female")


@dataclass(frozen=True)
class Target:
    """One set of pictures: it is one folder, `<output>/<label>/<gender>/`."""

    label: str
    phrase: str
    gender: str

    @property
    def name(self) -> str:
        return f"{self.label}/{self.gender}"
