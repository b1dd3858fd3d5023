"""A small server on loopback for tests, which answers each connection with a method of its own."""

from __future__ import annotations

import asyncio
from typing import Self

from tui.storage.connections import Connection


class LoopbackServer:
    """Listens while it is entered. Subclasses implement `_serve`, and name themselves and their account."""

    name: str
    account: str

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._handlers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._handlers.add(task)
            try:
                await self._serve(reader, writer)
            except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                self._handlers.discard(task)
                writer.transport.abort()

        self._server = await asyncio.start_server(serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for handler in tuple(self._handlers):
            handler.cancel()
        await asyncio.gather(*self._handlers)

    @property
    def connection(self) -> Connection:
        """The connection to it."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return Connection(
            self.name, "auth_token", self.account, auth_token="t" * 32, base_url=f"http://127.0.0.1:{port}"
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError
