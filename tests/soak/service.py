"""A fast sandbox in a process of its own, so that what it remembers is not counted as the app's memory.

Prints one line of JSON with what a connection needs, and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys

from tui.sandbox.server import Sandbox

SPEED = 50


async def serve() -> None:
    async with Sandbox(speed=SPEED) as sandbox:
        told = {
            "account_sid": sandbox.account_sid,
            "auth_token": sandbox.auth_token,
            "api_key_sid": sandbox.api_key_sid,
            "api_key_secret": sandbox.api_key_secret,
            "base_url": sandbox.base_url,
            "numbers": sandbox.numbers,
        }
        print(json.dumps(told), flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(serve())
