"""The GSM-7 alphabet, and the plain equivalents that Twilio's Smart Encoding uses for characters outside it.

Tables only; what they cost is worked out in `segments`. The alphabet is that of 3GPP TS 23.038 without its
national shift tables, which Twilio does not use. Backtick, tab and `ç` are not in it; `Ç` is.
"""

from __future__ import annotations

from functools import cache
from typing import Final

BASIC: Final = (
    "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    "¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ"
)
"""The 127 characters that cost one septet."""

EXTENSION: Final = "\f[\\]^{|}~€"
"""The ten characters that cost two: an escape, then themselves."""

# Grouped by what stands in; combining, invisible and control characters are written as escapes so that they
# survive an editor.
_STAND_INS: Final = {
    '"': "«»“”ʺˮ‟„❝❞〝〞＂",
    "'": "‘’ʻˈʼʽʹ‛＇´ˊ`ˋ❛❜\u0313\u0314︐︑",
    "/": "÷⧸\u0337\u0338⁄∕／",
    "1/4": "¼",
    "1/2": "½",
    "3/4": "¾",
    "\\": "⧹⧵\u20e5﹨＼",
    "_": "\u0332＿‗",
    "|": "\u20d2\u20d3∣｜⎸⎹⏐⎜⎟",
    "-": "⎼⎽―﹣－‐⁃—–•",
    "@": "﹫＠",
    "$": "﹩＄",
    "!": "ǃ︕﹗！",
    "#": "﹟＃",
    "%": "﹪％",
    "&": "﹠＆",
    ",": "‚\u0326﹐﹑，､、",
    "(": "❨❪﹙（⟮⦅",
    ")": "❩❫﹚）⟯⦆",
    "*": "⁎∗⊛✢✣✤✥✱✲✳✺✻✼✽❃❉❊❋⧆﹡＊",
    "+": "˖﹢＋",
    ".": "。﹒．｡",
    "0": "０",
    "1": "１",
    "2": "２",
    "3": "３",
    "4": "４",
    "5": "５",
    "6": "６",
    "7": "７",
    "8": "８",
    "9": "９",
    ":": "ː˸⦂꞉︓：",
    ";": "⁏︔﹔；",
    "<": "﹤＜‹",
    "=": "\u0347꞊﹦＝",
    ">": "﹥＞›",
    "?": "︖﹖？",
    "A": "Ａᴀ",
    "B": "Ｂʙ",
    "C": "Ｃᴄ",
    "D": "Ｄᴅ",
    "E": "Ｅᴇ",
    "F": "Ｆꜰ",
    "G": "Ｇɢ",
    "H": "Ｈʜ",
    "I": "Ｉɪ",
    "J": "Ｊᴊ",
    "K": "Ｋᴋ",
    "L": "Ｌʟ",
    "M": "Ｍᴍ",
    "N": "Ｎɴ",
    "O": "Ｏᴏ",
    "P": "Ｐᴘ",
    "Q": "Ｑ",
    "R": "Ｒʀ",
    "S": "Ｓꜱ",
    "T": "Ｔᴛ",
    "U": "Ｕᴜ",
    "V": "Ｖᴠ",
    "W": "Ｗᴡ",
    "X": "Ｘ",
    "Y": "Ｙʏ",
    "Z": "Ｚᴢ",
    "^": "ˆ\u0302＾\u1dcd",
    "{": "❴﹛｛",
    "}": "❵﹜｝",
    "[": "［",
    "]": "］",
    "~": "˜˷\u0303\u0330\u0334∼～",
    "  ": ("\xa0\u2000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\x80\x8d\x90\x9b\x9f"),
    "": "\x10\x00\x03\x04\x17\x19\x11\x12\x13\x14\u2060\u200b\u200c\ufeff",
    "       ": "\x09",
    "!!": "‼",
    " ": "\u2028\u2029\u2001",
    "...": "…",
}


@cache
def smart_equivalents() -> dict[str, str]:
    """Map each of the 271 replaceable characters to its GSM-7 text. Built when first asked for."""
    return {character: plain for plain, characters in _STAND_INS.items() for character in characters}
