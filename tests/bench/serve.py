"""A sandbox with a past of any length, in a process of its own: `python -m tests.bench.serve COUNT`.

Prints one line of JSON with what a connection needs, and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys

from tui.sandbox.server import Sandbox


async def serve(count: int) -> None:
    """Serve until the input ends."""
    async with Sandbox(history=count) as sandbox:
        told = {
            "account_sid": sandbox.account_sid,
            "api_key_sid": sandbox.api_key_sid,
            "api_key_secret": sandbox.api_key_secret,
            "auth_token": sandbox.auth_token,
            "base_url": f"{sandbox.base_url}/2010-04-01",
        }
        print(json.dumps(told), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
