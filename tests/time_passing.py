"""A time limit that runs out when a test says so: what comes before it may take as long as this machine needs."""

from __future__ import annotations

import asyncio


async def trickle(writer: asyncio.StreamWriter) -> None:
    """Answer a request byte by byte, with some seconds between one and the next."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        let_pass(3)
        await asyncio.sleep(0.02)


def let_pass(seconds: float) -> None:
    """Set the clock of the running loop ahead: whatever was to happen within so many seconds happens now."""
    loop = asyncio.get_running_loop()
    now = loop.time
    loop.time = lambda: now() + seconds
