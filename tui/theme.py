"""The visual language in one place: colours by meaning, and how a status looks.

A status is always a shape and a word as well as a colour. Shapes are one cell wide in every common font.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

Hue = Literal["red", "orange", "yellow", "green", "blue", "purple", "grey"]
"""The colours that a connection may have (`tui.storage.connection.COLOURS`)."""

Tone = Literal["good", "bad", "warn", "busy", "plain", "muted", "accent"] | Hue
"""What a colour means; a `Hue` is a connection's. `TONES` maps each to a variable, so that every theme has them."""

TONES: dict[Tone, str] = {
    "good": "$text-success",
    "bad": "$text-error",
    "warn": "$text-warning",
    "busy": "$text-accent",
    "plain": "$foreground",
    "muted": "$quiet",
    "accent": "$text-primary",
    "red": "$connection-red",
    "orange": "$connection-orange",
    "yellow": "$connection-yellow",
    "green": "$connection-green",
    "blue": "$connection-blue",
    "purple": "$connection-purple",
    "grey": "$connection-grey",
}

_HUES: Final[dict[Hue, tuple[str, str, str]]] = {
    "red": ("#FF8278", "#B3261E", "ansi_red"),
    "orange": ("#FFA657", "#944700", "ansi_yellow"),
    "yellow": ("#F2D158", "#725600", "ansi_bright_yellow"),
    "green": ("#7EE08A", "#1B6B2F", "ansi_green"),
    "blue": ("#79B8FF", "#0B57B0", "ansi_bright_blue"),
    "purple": ("#D2A8FF", "#6F3AB8", "ansi_magenta"),
    "grey": ("#B8C0CC", "#535B65", "ansi_bright_black"),
}
"""On a dark background, on a light one, in the terminal's own colours, of which none is orange."""


def connection_tone(colour: str) -> Tone:
    """The tone of a connection's name; plain for no colour, and for one that is none."""
    for hue in _HUES:
        if hue == colour:
            return hue
    return "plain"


DARK = Theme(
    name="tuilio-dark",
    primary="#7AA2D8",
    secondary="#8C96A8",
    accent="#6FC3C3",
    success="#7FC08A",
    warning="#E0B062",
    error="#E8806F",
    foreground="#D9DCE3",
    background="#15181E",
    surface="#1B1F27",
    panel="#252A34",
    dark=True,
    variables={"footer-background": "#1B1F27", "block-cursor-text-style": "none"},
)

LIGHT = Theme(
    name="tuilio-light",
    primary="#2A5FA5",
    secondary="#5A6475",
    accent="#17777A",
    success="#2F7A3C",
    warning="#94600B",
    error="#B23A2A",
    foreground="#22262E",
    background="#FAFAF7",
    surface="#F1F1EC",
    panel="#E4E4DD",
    dark=False,
    variables={"footer-background": "#F1F1EC", "block-cursor-text-style": "none"},
)

FRUGAL = Theme(
    name="tuilio-frugal",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_default",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "primary-muted": "ansi_default",
        "error-muted": "ansi_default",
        "warning-muted": "ansi_default",
        "border-blurred": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
    },
)
"""The terminal's own colours and its own background: what is blank costs nothing, a colour five bytes for thirty."""


THEMES: Final = (DARK, LIGHT, FRUGAL)
"""Our own."""


def theme_names() -> tuple[str, ...]:
    """The names of all themes, our own first."""
    return (*(theme.name for theme in THEMES), *BUILTIN_THEMES)


def find_theme(typed: str) -> str:
    """The whole name of a theme; `dark` is short for `tuilio-dark`. Empty where there is none."""
    names, typed = theme_names(), typed.strip().lower()
    return next((name for name in (typed, f"tuilio-{typed}") if name in names), "")


@dataclass(frozen=True, slots=True)
class StatusLook:
    """How a state is shown."""

    mark: str
    word: str
    tone: Tone

    def __str__(self) -> str:
        return f"{self.mark} {self.word}"


_STATUS = {
    "accepted": ("…", "busy"),
    "scheduled": ("○", "busy"),
    "queued": ("…", "busy"),
    "sending": ("…", "busy"),
    "sent": ("›", "plain"),
    "delivered": ("✓", "good"),
    "read": ("✓", "good"),
    "undelivered": ("✗", "bad"),
    "partially_delivered": ("~", "warn"),
    "failed": ("✗", "bad"),
    "canceled": ("–", "muted"),
    "receiving": ("…", "busy"),
    "received": ("✓", "plain"),
}


def look_of(status: str) -> StatusLook:
    """The look of a message's status; a status nobody has heard of is shown as it came (sanitise it before)."""
    mark, tone = _STATUS.get(status, ("?", "warn"))
    return StatusLook(mark, status or "unknown", tone)  # pyright: ignore[reportArgumentType]


QUIETEST: Final = 0.42
"""How much of the background is mixed into what is said in passing, at most."""

READABLE: Final = 4.5
"""The least contrast of what is said in passing with what it stands on: what WCAG 2.1 wants of text."""


def own_variables(theme: Mapping[str, str]) -> dict[str, str]:
    """The variables that styles have beside a theme's own, for any theme: `$quiet`, and `$connection-red` and its like.

    `$quiet` is the colour of what is said in passing. Textual's `$text-muted` is worked out against a widget's
    background and comes out as plain white in rows that are drawn line by line, so this one is a fixed mixture.
    `$quiet-selected` is the same where the cursor is, whose ground is nearer to the mixture.
    """
    background = Color.parse(theme["background"])
    try:
        quiet = _mix(theme, "background", "surface")
        selected = _mix(theme, "panel", "primary-muted")
    except ColorParseError:
        # Its row is reversed.
        quiet, selected = "ansi_bright_black", theme["foreground"]
    kind = 2 if background.ansi is not None else int(background.brightness > 0.5)
    hues = {f"connection-{hue}": shades[kind] for hue, shades in _HUES.items()}
    return {"quiet": quiet, "quiet-selected": selected, **hues}


def _mix(theme: Mapping[str, str], *grounds: str) -> str:
    """The foreground with as much of the background in it as leaves it readable on all of the grounds."""
    foreground, background = Color.parse(theme["foreground"]), Color.parse(theme["background"])
    lights = [_luminance(Color.parse(theme[ground])) for ground in grounds]
    part = QUIETEST
    while part > 0:
        mixed = foreground.blend(background, part)
        own = _luminance(mixed)
        if all((max(own, light) + 0.05) / (min(own, light) + 0.05) >= READABLE for light in lights):
            return mixed.hex
        part -= 0.02
    return foreground.hex


def _luminance(color: Color) -> float:
    """The relative luminance of WCAG 2.1."""
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
