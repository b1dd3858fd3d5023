# ruff: noqa: E501 - a command is read as it is pasted
"""curl commands in the shapes in which people write them down: in documentation, in threads, in scripts.

Every value is made up. `refused` is what the refusal says; `posix` what bash is asked in place of another shell's text.
"""

from __future__ import annotations

from dataclasses import dataclass

ENVIRON = {
    "TWILIO_AUTH_TOKEN": "not-a-token",
    "TWILIO_API_KEY": "SKdada",
    "TWILIO_API_SECRET": "not-a-secret",
    "TO": "14155550123",
    "FROM_NUMBER": "14155550100",
    "MESSAGE": "backup-done",
    "SERVICE": "VAbaba",
    "FOUND": "PNcece",
}
"""What the shell knows; the form's variables are the same. Values that no encoding changes: -d sends them as they are."""

FILES = {
    "notice.txt": b"Body=first line\r\nsecond line\n",
    "flow.json": b'{"description": "a flow",\n "states": []}\n',
    "logo.png": b"\x89PNG\r\n\x1a\n\x00\xff",
}
"""What lies in the folder."""


@dataclass(frozen=True)
class Command:
    """A command as it is pasted."""

    name: str
    text: str
    refused: str = ""
    posix: str = ""


MESSAGES = "https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
LITERAL = "https://api.twilio.com/2010-04-01/Accounts/AC0123/Messages.json"

COMMANDS = (
    # -- as Twilio's documentation has them
    Command(
        "a text",
        f"""curl -X POST "{MESSAGES}" \\
--data-urlencode "Body=Your table is ready" \\
--data-urlencode "From=+14155550100" \\
--data-urlencode "To=+14155550123" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN""",
    ),
    Command(
        "a picture, twice",
        f"""curl -X POST "{MESSAGES}" \\
--data-urlencode "From=whatsapp:+14155550100" \\
--data-urlencode "MediaUrl=https://example.com/a%20b.png?x=1&y=2" \\
--data-urlencode "MediaUrl=https://example.com/c.png" \\
--data-urlencode "To=whatsapp:+14155550123" \\
-u $TWILIO_API_KEY:$TWILIO_API_SECRET""",
    ),
    Command(
        "scheduled, with a template",
        f"""curl -X POST "{MESSAGES}" \\
--data-urlencode "SendAt=2027-03-04T05:06:07Z" \\
--data-urlencode "ScheduleType=fixed" \\
--data-urlencode "ContentSid=HXabab" \\
--data-urlencode "ContentVariables={{\\"1\\":\\"Ana\\",\\"2\\":\\"50% off\\"}}" \\
--data-urlencode "MessagingServiceSid=MGcdcd" \\
--data-urlencode "To=+14155550123" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN""",
    ),
    Command(
        "a list with filters",
        f"""curl -X GET "{MESSAGES}?DateSent%3E=2026-01-02T03%3A04%3A05Z&To=%2B14155550123&PageSize=20" \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN""",
    ),
    Command("a list, curl -G", f'curl -G {MESSAGES} \\\n  -d "PageSize=3" -d "DateSent>=2026-01-02" \\\n  -u SKa:b'),
    Command(
        "accounts", "curl -G https://api.twilio.com/2010-04-01/Accounts \\\n     -u $TWILIO_API_KEY:$TWILIO_API_SECRET"
    ),
    Command(
        "deleted",
        'curl -X DELETE "https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages/SMefef.json" \\\n'
        "-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN",
    ),
    Command(
        "redacted",
        'curl -XPOST "https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages/SMefef.json" \\\n'
        '--data-urlencode "Body=" \\\n-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN',
    ),
    Command(
        "lookup",
        'curl -X GET "https://lookups.twilio.com/v2/PhoneNumbers/+14155550123?Fields=caller_name,sim_swap" \\\n'
        "-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN",
    ),
    Command(
        "verify, begun",
        'curl -X POST "https://verify.twilio.com/v2/Services/$SERVICE/Verifications" \\\n'
        '--data-urlencode "To=+14155550123" \\\n--data-urlencode "Channel=sms" \\\n-u $TWILIO_API_KEY:$TWILIO_API_SECRET',
    ),
    Command(
        "verify, checked, in one line",
        "curl -XPOST https://verify.twilio.com/v2/Services/VAbaba/VerificationCheck -d 'To=%2B14155550123' -d Code=123456 "
        "-u '[YOUR ACCOUNT SID]:[YOUR AUTH TOKEN]'",
    ),
    Command(
        "a template in JSON",
        """curl -X POST 'https://content.twilio.com/v1/Content' \\
-H 'Content-Type: application/json' \\
-u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN \\
-d '{
    "friendly_name": "spring",
    "language": "en",
    "variables": {"1": "there"},
    "types": {"twilio/text": {"body": "Hello {{1}}, it'\\''s spring 🌷\\nBye"}}
}'""",
    ),
    Command(
        "with the line numbers of the page",
        f'1\ncurl -X POST "{MESSAGES}" \\\n2\n--data-urlencode "To=+14155550123" \\\n3\n-u $TWILIO_API_KEY:$TWILIO_API_SECRET',
        posix=f'curl -X POST "{MESSAGES}" --data-urlencode "To=+14155550123"',
    ),
    Command(
        "with the line numbers of the page, far apart",
        f"    1\n\n    curl -G {MESSAGES} \\\n\n\n    2\n\n         -u $TWILIO_API_KEY:$TWILIO_API_SECRET",
        posix=f"curl -G {MESSAGES}",
    ),
    Command(
        "in a comment of a program",
        f"// curl -G {MESSAGES} \\\n//   -u <YOUR_ACCOUNT_SID>:<YOUR_AUTH_TOKEN>",
        posix=f"curl -G {MESSAGES}",
    ),
    Command(
        "in a comment with stars",
        f" * curl -X POST '{LITERAL}' \\\n * -H 'Content-Type: application/json' \\\n * -d '{{\n *   \"a\": 1\n * }}'",
        posix=f"curl -X POST '{LITERAL}' -H 'Content-Type: application/json' -d '{{\n  \"a\": 1\n}}'",
    ),
    Command(
        "long options, the url first",
        "curl \\\n --request POST 'https://supersim.twilio.com/v1/SmsCommands' \\\n --user \"username:password\" \\\n"
        " --header \"Content-Type: application/x-www-form-urlencoded\" \\\n --data 'Sim=HSa&Payload=wake%3A+now'",
    ),
    Command(
        "a file of a serverless function",
        "curl --user ${TWILIO_API_KEY}:${TWILIO_API_SECRET} \\\n"
        '  -X POST "https://serverless-upload.twilio.com/v1/Services/ZSa/Assets/ZHb/Versions" \\\n'
        '  -F "Content=@logo.png; type=image/png" \\\n  -F "Path=/logo.png" \\\n  -F "Visibility=public"',
    ),
    # -- scripts
    Command(
        "a script's own names",
        """#!/bin/bash
ACCOUNT_SID="AC0123"
AUTH_TOKEN='not-a-token'
TEXT="Disk is full"

# send it
curl -X POST "https://api.twilio.com/2010-04-01/Accounts/$ACCOUNT_SID/Messages.json" \\
    --data-urlencode "Body=$TEXT" \\
    --data-urlencode "To=+14155550123" \\
    -u "$ACCOUNT_SID:$AUTH_TOKEN\"""",
    ),
    Command(
        "quiet, with -d",
        'curl --silent --output /dev/null -X POST -d "Body=${MESSAGE}" \\\n'
        '    -d "From=${FROM_NUMBER}" -d "To=${TO}" \\\n'
        '    "https://api.twilio.com/2010-04-01/Accounts/${TWILIO_ACCOUNT_SID}/Messages" \\\n'
        '    -u "${TWILIO_API_KEY}:${TWILIO_API_SECRET}"',
    ),
    Command(
        "one -d for all",
        f'curl -X POST "{MESSAGES}" \\\n  -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" \\\n'
        '  -d "From=+14155550100&To=+14155550123&Body=Hi there"',
    ),
    Command(
        "a function",
        f'notify() {{\n\tcurl -X POST "{MESSAGES}" \\\n\t\t--data-urlencode "To=$TO" \\\n'
        '\t\t--data-urlencode "Body=job $MESSAGE ended" \\\n\t\t-u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN"\n}',
        posix=f'curl -X POST "{MESSAGES}" --data-urlencode "To=$TO" --data-urlencode "Body=job $MESSAGE ended"',
    ),
    Command(
        "names that must be set",
        f': "${{TWILIO_ACCOUNT_SID:?set it}}"\n\ncurl "{MESSAGES}"     --data-urlencode "To=$TO"     '
        '--data-urlencode "Body=${MESSAGE}!"',
    ),
    Command(
        "deleted by a name",
        'curl -XDELETE https://api.twilio.com/2010-04-01/Accounts/AC1/Usage/Triggers/$FOUND.json -u "a:b"',
    ),
    Command(
        "a name in a word",
        'curl "https://api.twilio.com/2010-04-01/${FOUND}_old/x$TO\'y\'.json" --data-urlencode "Body=$MESSAGE"s',
    ),
    Command("before the command", f"TWILIO_REGION=ie1 curl -s {LITERAL}"),
    Command("a name of one's own", f'TEXT="a & b" && curl -s {LITERAL} --data-urlencode "Body=$TEXT"'),
    Command("what fails is quiet", f"curl -s {LITERAL} -d 'a=b' 2>/dev/null || true"),
    Command("for jq", f"curl -sS '{LITERAL}?PageSize=1' -u \"a:b\" | jq -r '.messages[0].sid'"),
    Command("for python", f"curl -s '{LITERAL}?PageSize=1' 2>&1 | python3 -m json.tool > out.json"),
    Command("kept", f'SID=$(curl -s "{MESSAGES}" --data-urlencode "Body=it\'s \\"so\\"" | jq -r .sid)\necho $SID'),
    Command("status only", f"curl -s -o /dev/null -w '%{{http_code}}\\n' '{LITERAL}'"),
    Command(
        "with retries", f"curl --retry 0 --retry-delay 2 --retry-all-errors --connect-timeout 5 -m 20 -fsSL {LITERAL}"
    ),
    Command("dollars", f"curl {LITERAL} --data-urlencode 'Body=$TO is $5 \\$x' --data-urlencode \"Media=\\$MESSAGE\""),
    Command(
        "bash's own quotes", f"curl {LITERAL} --data-urlencode $'Body=It\\'s\\tfine\\nreally \\u00e9' --compressed"
    ),
    Command(
        "a browser's",
        f"curl '{LITERAL}' \\\n  -H 'accept: application/json' \\\n  -H 'sec-ch-ua: \"A\";v=\"1\"' \\\n"
        "  --data-raw 'To=%2B1415&Body=a+b%21' \\\n  --compressed",
    ),
    # -- here-documents and files
    Command(
        "a here-document",
        f"curl {LITERAL} -d @- <<EOF\nTo=%2B1415\n&Body=$MESSAGE \\$5 `# not this`\nEOF",
        refused="a substitution (`…)",
    ),
    Command(
        "a here-document, joined", f"curl -X POST {LITERAL} -d @- <<EOF\nTo=%2B1415&\nBody=a-\\$5-\\\nb\nEOF\necho done"
    ),
    Command(
        "a here-document for JSON",
        "curl -sS https://content.twilio.com/v1/Content -H 'Content-Type: application/json' --data-binary @- <<'JSON' | jq .\n"
        '{\n  "language": "en", "price": "$5"\n}\nJSON',
    ),
    Command("a here-document with tabs", f'curl {LITERAL} --json @- <<-END\n\t{{\n\t"a": 1}}\n\tEND'),
    Command(
        "a here-document in a word",
        f'curl {LITERAL} --data-urlencode "Body=$(cat <<EOF\nDear $MESSAGE,\nit costs \\$5.\n\nEOF\n)" -d To=%2B1415',
    ),
    Command(
        "a here-document in a word, as it is",
        "curl https://content.twilio.com/v1/Content -H 'Content-Type: application/json' -d \"$(cat <<'EOF'\n"
        '{"body": "it\'s \\"$TO\\""}\nEOF\n)"',
    ),
    Command("a here-string", f'curl {LITERAL} --data-urlencode Body@- <<< "Hi there"'),
    Command("a file as it is", f"curl -X POST {LITERAL} -H 'Content-Type: application/json' --data-binary @flow.json"),
    Command("a file, called a form", f"curl {LITERAL} --data-binary @notice.txt"),
    Command("a file of JSON", "curl https://studio.twilio.com/v2/Flows/Validate --json @flow.json"),
    Command("a file behind <", f"curl {LITERAL} -H 'Content-Type: text/plain' --data-binary @- < notice.txt"),
    Command("a file that is put", f"curl -T flow.json -H 'Content-Type: application/json' {LITERAL}/"),
    Command("a file without its line ends", f"curl {LITERAL} -d @notice.txt", refused="takes its line ends out"),
    Command("a file, encoded", f"curl {LITERAL} --data-urlencode Body@notice.txt", refused="encodes its text"),
    Command(
        "two files", f"curl {LITERAL} --data-binary @flow.json --data-binary @notice.txt", refused="joins several files"
    ),
    Command("piped in", f"echo 'Body=Hi' | curl {LITERAL} -d @-", refused="typed or piped"),
    Command(
        "what a program says", f'curl {LITERAL} --data-urlencode "Body=$(hostname)"', refused="a substitution ($(…)"
    ),
    Command("what a file says", f'curl {LITERAL} -d "Body=$(cat notice.txt)"', refused="a substitution ($(…)"),
    Command("a name or else", f'curl {LITERAL} -d "Body=${{MESSAGE:-none}}"', refused="a substitution (${…})"),
    Command("a name and its text", f"curl {LITERAL} -d \"To=$TO\" -d 'Body=$TO'", refused="a text in another"),
    # -- addresses
    Command(
        "the query given apart", f"curl {LITERAL} --url-query 'To=+1415 x' --url-query PageSize=2 --url-query +a=%62"
    ),
    Command(
        "a query by its names", f'curl -G {LITERAL} --data-urlencode "To=$TO" --data-urlencode "DateSent<=2026-01-02"'
    ),
    Command("a query that is a name", f'curl "{LITERAL}?To=$TO&PageSize=1"'),
    Command(
        "several addresses",
        "curl 'https://api.twilio.com/2010-04-01/Accounts/AC[1-3].json'",
        refused="several addresses",
    ),
    Command("through a proxy", f"curl -x http://127.0.0.1:1 {LITERAL}", refused="-x has no place"),
    # -- other shells
    Command(
        "cmd.exe",
        "curl.exe -X POST https://api.twilio.com/2010-04-01/Accounts/AC0123/Calls.json ^\r\n"
        '  --data-urlencode "Url=http://demo.example.com/voice.xml?a=1&b=2" ^\r\n  --data-urlencode "To=+14155550123" ^\r\n'
        '  -u "A:"',
        posix="curl -X POST https://api.twilio.com/2010-04-01/Accounts/AC0123/Calls.json "
        "--data-urlencode 'Url=http://demo.example.com/voice.xml?a=1&b=2' --data-urlencode To=+14155550123",
    ),
    Command(
        "cmd.exe, with names",
        'curl -X POST "https://api.twilio.com/2010-04-01/Accounts/AC0123/Messages.json" ^\n'
        '    --data-urlencode "To=%TO%" ^\n    --data-urlencode "Body=100%% of %MESSAGE%" ^\n    -u "%SID%:%TOKEN%" >nul 2>error.log',
        posix=f'curl -X POST "{LITERAL}" --data-urlencode "To=$TO" --data-urlencode "Body=100% of $MESSAGE"',
    ),
    Command(
        "PowerShell",
        'curl.exe -X POST "https://api.twilio.com/2010-04-01/Accounts/AC0123/Messages.json" `\n'
        '  --data-urlencode \'Body=It\'\'s here\' `\n  --data-urlencode "To=$env:TO`"" `\n  -u "${env:A}:$env:B"',
        posix=f'curl -X POST {LITERAL} --data-urlencode "Body=It\'s here" --data-urlencode "To=$TO\\""',
    ),
    Command(
        "PowerShell, JSON",
        "curl.exe https://content.twilio.com/v1/Content `\n -H 'Content-Type: application/json' `\n"
        ' -d \'{\\"a\\": \\"b c\\"}\' | ConvertFrom-Json',
        posix="curl https://content.twilio.com/v1/Content -H 'Content-Type: application/json' -d '{\"a\": \"b c\"}'",
    ),
    Command("PowerShell's own", f"Invoke-RestMethod -Uri {LITERAL} -Method Post", refused="PowerShell's own"),
    Command(
        "a word processor's quotes",
        f"curl ‘{LITERAL}’ –-data-urlencode “Body=it’s ok”",
        posix=f"curl {LITERAL} --data-urlencode 'Body=it’s ok'",
    ),
    Command(
        "lost line ends",
        f"$ curl {LITERAL}\n   -d To=%2B1415\n   --data-urlencode 'Body=Hi you'",
        posix=f"curl {LITERAL} -d To=%2B1415 --data-urlencode 'Body=Hi you'",
    ),
)
