"""Who takes part in the seeded history, and what is said: ordinary conversations, and texts that would do harm."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Somebody outside: a number, a first name, and which threads they take part in."""

    number: str
    name: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation: lines that begin with `>` are ours, with `<` theirs."""

    lines: tuple[str, ...]
    language: str = "en"


CORRESPONDENTS = (
    Correspondent("+14155550123", "Maya"),
    Correspondent("+14155550127", "Jonas"),
    Correspondent("+12125550134", "Priya"),
    Correspondent("+13035550148", "Luis"),
    Correspondent("+16465550151", "Hannah"),
    Correspondent("+16045550162", "Owen"),
    Correspondent("+14165550175", "Chloé", "fr"),
    Correspondent("+447700900123", "Imogen"),
    Correspondent("+447700900456", "Callum"),
    Correspondent("+4915550000123", "Jürgen", "de"),
    Correspondent("+4915550000456", "Annika", "de"),
    Correspondent("+33639980123", "Élodie", "fr"),
    Correspondent("+34600000123", "Nuria", "es"),
    Correspondent("+525550000123", "Diego", "es"),
    Correspondent("+5511955550123", "Beatriz", "pt"),
    Correspondent("+972550000123", "נועה", "he"),
    Correspondent("+971500000123", "ليلى", "ar"),
    Correspondent("+819000000123", "健太", "ja"),
    Correspondent("+821000000123", "지우", "ko"),
    Correspondent("+8613800000123", "小明", "zh"),
    Correspondent("+919800000123", "Aarav", "hi"),
    Correspondent("+61491570156", "Ruby"),
)

THREADS = (
    Thread(
        (
            "> Hi {name}, this is the Harbor Street clinic. You are booked for {day} at {time}. Reply C to "
            "confirm or R to move it.",
            "< C",
            "> Thank you, {name}. See you on {day}.",
        )
    ),
    Thread(
        (
            "> Reminder: {name}, your check-up is tomorrow at {time}. Please bring your card.",
            "< running about 10 min late, sorry!",
            "> No problem, we will keep your slot until quarter past.",
            "< 👍🏽",
        )
    ),
    Thread(
        (
            "> Your parcel {ref} is out for delivery and should arrive between {time} and 18:00.",
            "< Can you leave it with the neighbour at number 12?",
            "> Done. The driver has your note.",
        )
    ),
    Thread(("> Your parcel {ref} was delivered at {time} and signed for by {name}.",)),
    Thread(("> {code} is your Harbor sign-in code. It expires in 10 minutes. We never ask for it by phone.",)),
    Thread(("> Your verification code is {code}",)),
    Thread(
        (
            "> [P2] api-gateway: p99 latency 2.4 s for 5 min (threshold 1.0 s). Ack: reply 1",
            "< 1",
            "> Acked by {name}. Next reminder in 30 min.",
            "> [P2] api-gateway: resolved after 14 min.",
        )
    ),
    Thread(("> [P1] db-primary: disk 91% on /var/lib. Runbook: https://runbooks.example/disk",)),
    Thread(("< Is the clinic open on Saturday?", "> Yes, from 9:00 to 13:00. Shall I book you in, {name}?")),
    Thread(("< Thanks so much!! 🎉🎉", "> Any time, {name} 😊")),
    Thread(
        (
            "> Hi {name}, your invoice {ref} for $42.00 is ready: https://pay.example/{ref}. It is due in "
            "14 days. If you have paid already, please ignore this message. Questions? Just reply here and a "
            "person will get back to you during office hours (Mon to Fri, 9:00 to 17:00).",
        )
    ),
    Thread(("< We all made it 👨‍👩‍👧‍👦🏳️‍🌈 see you at the beach 🏖️", "> Lovely, have a great time! ☀️")),
    Thread(("> Price update: {{ basic | plus }} from €9.50 ~ €12.00 [incl. VAT] \\ see {ref}^2",)),
    Thread(
        (
            "> Guten Tag {name}, Ihr Termin ist am {day} um {time} Uhr. Antworten Sie JA zum Bestätigen.",
            "< JA",
            "> Vielen Dank für die Bestätigung. Schöne Grüße aus der Praxis!",
        ),
        "de",
    ),
    Thread(
        (
            "> Bonjour {name}, votre colis {ref} arrivera aujourd’hui entre {time} et 18 h.",
            "< Parfait, merci beaucoup ! À bientôt",
        ),
        "fr",
    ),
    Thread(("> Hola {name}, tu cita es el {day} a las {time}. ¿Confirmas?", "< Sí, ahí estaré. ¡Gracias!"), "es"),
    Thread(("> Olá {name}, seu código é {code}. Não compartilhe.", "< ok obrigada"), "pt"),
    Thread(("> שלום {name}, התור שלך נקבע ליום {day} בשעה {time}. לאישור השיבי 1", "< 1", "> תודה, נתראה!"), "he"),
    Thread(("> مرحبا {name}، رمز التحقق الخاص بك هو {code}.", "< شكرا جزيلا"), "ar"),
    Thread(
        (
            "> {name}様、ご予約は{day} {time}です。変更はこの番号にご返信ください。",
            "< 了解しました。ありがとうございます。",
        ),
        "ja",
    ),
    Thread(("> {name}님, 택배 {ref}가 오늘 {time}에 도착합니다.", "< 감사합니다 🙏"), "ko"),
    Thread(("> 【港湾快递】{name}您好，您的验证码为{code}，10分钟内有效。",), "zh"),
    Thread(("> नमस्ते {name}, आपका पार्सल {ref} आज {time} बजे पहुँचेगा।", "< धन्यवाद"), "hi"),
)

NEWSLETTER = (
    "Good morning from the Harbor Street clinic. The flu vaccine is here and appointments are open to "
    "everybody from the age of twelve. The visit takes ten minutes; please wear short sleeves, bring your "
    "card, and tell us beforehand about any allergy. We are open from 8:00 to 18:00 on weekdays and from "
    "9:00 to 13:00 on Saturdays. Parking is behind the building, the lift is on the left, and the tram stops "
    "in front of the door. "
)

FAMILY = "👩‍👩‍👧‍👦 👨🏿‍🚀 🧑🏻‍❤️‍💋‍🧑🏾 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👁️‍🗨️ 1️⃣ 🇯🇵🇧🇷 — all in one message"

# Each would do harm on a terminal or in a markup language if it were shown as it is.
HOSTILE = (
    "\x1b[31mred\x1b[0m \x1b[2J\x1b[H cleared your screen?",
    "\x1b]0;new title\x07\x1b]52;c;ZWNobyBnb3RjaGE=\x07 copied to your clipboard?",
    "\x1b]8;;https://phish.example/\x1b\\your bank\x1b]8;;\x1b\\ needs you to sign in",
    "\x9b31mC1 controls\x9b0m \x90q\x9c and \x0e shift out",
    "[/] [b]bold?[/b] [/nothing] [[ ]]",
    "[@click=app.quit]x[/] [link=https://phish.example]free prize[/link]",
    "invoice_\u202egnp.exe is attached \u2066isolated\u2069",
    "␀␛␇ control pictures, and a real \x08\x08\x08 backspace, \x7f delete",
    "Z̷̧̢̛͇̥͓̈́̈́̍͑͘a̴̛̖̫̔̽͐l̷̰̗̈́̀̚g̸̢̛̰̈́̕ö̷̫́ \u200b\u200b\u200b\u200b\u200b\ufeff zero width",
    "tab\tand\r\nlines\n\nand a very_long_unbroken_word_" + "x" * 180,
    "{{ 7*7 }} ${{HOME}} %s %n '; DROP TABLE messages; -- <script>alert(1)</script>",
)
