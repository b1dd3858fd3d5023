"""Medians, and tables of figures: for people and as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

Figure = float | str


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def p95(values: Iterable[float]) -> float:
    """The one that 95 in 100 do not exceed."""
    return quantile(values, 0.95)


def quantile(values: Iterable[float], share: float) -> float:
    """The one that such a share of them do not exceed."""
    ordered = sorted(values)
    return ordered[round(share * (len(ordered) - 1))]


@dataclass(slots=True)
class Table:
    """One part of the benchmark."""

    name: str
    columns: tuple[str, ...]
    rows: dict[str, tuple[Figure, ...]] = field(default_factory=dict)

    def add(self, what: str, *figures: Figure) -> None:
        """One more line."""
        assert len(figures) == len(self.columns)
        self.rows[what] = figures

    def as_json(self) -> dict[str, dict[str, Figure]]:
        """Line → column → figure."""
        return {what: dict(zip(self.columns, figures, strict=True)) for what, figures in self.rows.items()}

    def __str__(self) -> str:
        first = max(len(self.name), *(len(what) for what in self.rows))
        widths = [
            max(
                len(title),
                *(
                    len(f"{figures[n]:,}" if not isinstance(figures[n], str) else figures[n])
                    for figures in self.rows.values()
                ),
            )
            for n, title in enumerate(self.columns)
        ]
        lines = [
            "| "
            + " | ".join([self.name.ljust(first), *(t.rjust(w) for t, w in zip(self.columns, widths, strict=True))])
            + " |"
        ]
        lines.append("|" + "|".join(["-" * (first + 2), *("-" * (w + 1) + ":" for w in widths)]) + "|")
        for what, figures in self.rows.items():
            cells = [
                (one if isinstance(one, str) else f"{one:,}").rjust(w) for one, w in zip(figures, widths, strict=True)
            ]
            lines.append("| " + " | ".join([what.ljust(first), *cells]) + " |")
        return "\n".join(lines)
