"""One client's part in keeping memory under its ceiling: what it lets go of, and what it is told.

Knows what a server holds; must not know how much memory there is or who else is asked (`ceiling`).
"""

from lsprotocol import types

from abacus_lsp.ceiling import Ceiling
from abacus_lsp.completion.reasons import reason
from abacus_lsp.server import AbacusServer


def join(server: AbacusServer, ceiling: Ceiling) -> None:
    """This server's client counts from now on, until `leave`."""

    async def forget() -> None:
        server.session.forget()
        server.session.folders.forget()
        server.uses.forget()
        await server.session.host.forget()

    def tell() -> None:
        server.say(types.MessageType.Warning, str(reason("memory-full", server.language)))

    ceiling.join(server.session.folders, forget, tell)


def leave(server: AbacusServer, ceiling: Ceiling) -> None:
    """This server's client is gone."""
    ceiling.leave(server.session.folders)
