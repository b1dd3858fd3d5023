"""What a verification says, by channel and language.

The English texts are those of https://www.twilio.com/docs/verify/api; other languages are in words of ours. A language
that Verify has and this table has not falls back to English, as Twilio's does for a translation that is missing.
"""

from __future__ import annotations

from typing import Final

_TEXTS: Final = {
    "en": "Your {name} verification code is: {code}",
    "de": "Ihr Verifizierungscode für {name} lautet: {code}",
    "es": "Tu código de verificación para {name} es: {code}",
    "fr": "Votre code de vérification {name} est : {code}",
    "it": "Il tuo codice di verifica per {name} è: {code}",
    "pt": "Seu código de verificação para {name} é: {code}",
}
_WARNING = ". Don't share this code with anyone; our employees will never ask for the code"
_WHATSAPP = "*{code}* is your verification code. For your security, do not share this code."

# Calling code → language, where it is not English.
_SPOKEN: Final = {
    **dict.fromkeys(("+49", "+43"), "de"),
    **dict.fromkeys(("+34", "+52", "+54", "+56", "+57"), "es"),
    "+33": "fr",
    "+39": "it",
    **dict.fromkeys(("+351", "+55"), "pt"),
}

_LOCALES = (
    "af ar bg ca cs da de el en en-gb es et fi fr he hi hr hu id it ja kn ko lt lv mr ms nb nl pl pt pt-br ro ru",
    "sk sl sv te th tl tr uk vi zh zh-cn zh-hk",
)
LOCALES: Final = frozenset(word for line in _LOCALES for word in line.split())
"""The locales that Verify takes, in small letters."""


def language_of(locale: str, to: str) -> str:
    """Return the language of a text: the locale's or, without one, that of the number's country."""
    asked = locale.lower().partition("-")[0] if locale else next((_SPOKEN[c] for c in _SPOKEN if to.startswith(c)), "")
    return asked if asked in _TEXTS else "en"


def sms_text(name: str, code: str, language: str, *, app_hash: str, warned: bool) -> str:
    """Return the text of an SMS. `app_hash` lets an app on the phone read it; `warned` adds not to share the code."""
    text = _TEXTS[language].format(name=name, code=code) + (_WARNING if warned else "")
    return f"<#> {text}\n{app_hash}" if app_hash else text


def whatsapp_text(code: str) -> str:
    """Return the text of a WhatsApp message."""
    return _WHATSAPP.format(code=code)
