"""Numbers of a model that differ from seed to seed."""

from __future__ import annotations

from typing import Any, Protocol

from crossings.model import Model


class Parameters(Protocol):
    """Numbers that differ from seed to seed and are the same in every scenario, such as draws of a posterior."""

    @property
    def made_by(self) -> dict[str, Any]:
        """What is added to ``made_by``: enough to know them again, by ``fit``."""

    def prepare(self, model: Model) -> None:
        """Build what `draw` needs, once, before threads share it."""

    def draw(self, model: Model, seed: int) -> Model:
        """The model with the numbers of a seed; its arrays are its own."""

    def files(self) -> dict[str, bytes | str]:
        """What is kept beside a run, so that it can be made again: files by name."""
