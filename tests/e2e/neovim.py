"""A real Neovim, driven by its own API over a socket (msgpack-rpc); headless, or with its screen in a terminal."""

import contextlib
import itertools
import socket
import subprocess
from pathlib import Path
from typing import Any

import msgpack
from terminal import Terminal
from world import WAIT_S, World, wait_until

# The grey text of the current buffer, whoever drew it, as one string; "" where there is none.
_GHOST = """
local out = {}
for _, name in ipairs({ 'nvim.lsp.inline_completion', 'abacus.ghost' }) do
  local space = vim.api.nvim_create_namespace(name)
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })) do
    local lines = { mark[4].virt_text or {} }
    vim.list_extend(lines, mark[4].virt_lines or {})
    for at, line in ipairs(lines) do
      lines[at] = table.concat(vim.tbl_map(function(piece) return piece[1] end, line))
    end
    table.insert(out, table.concat(lines, '\\n'))
  end
end
return table.concat(out, '|')
"""


class Rpc:
    """One question at a time."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(WAIT_S)
        try:
            wait_until(lambda: self._connects(path), "Neovim at its socket")
        except BaseException:
            self._socket.close()
            raise
        self._ids = itertools.count(1)
        self._unpacker = msgpack.Unpacker(strict_map_key=False)

    def __call__(self, method: str, *arguments: Any) -> Any:
        """What an API function returns.

        Raises:
            RuntimeError: Neovim's error.
        """
        number = next(self._ids)
        self._socket.sendall(msgpack.packb([0, number, method, arguments]))
        while True:
            for message in self._unpacker:
                if message[:2] == [1, number]:
                    if message[2]:
                        raise RuntimeError(message[2][1])
                    return message[3]
            read = self._socket.recv(65_536)
            if not read:
                raise ConnectionError("Neovim is gone")
            self._unpacker.feed(read)

    def _connects(self, path: Path) -> bool:
        # The file is there before Neovim listens at it: bind comes before listen.
        try:
            self._socket.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Neovim:
    """One Neovim.

    Args:
        program: which.
        world: where it lives.
        init: its init.lua.
        files: names in the project to open.
        terminal: show it there.
    """

    def __init__(
        self, program: Path, world: World, init: str, *files: str, terminal: Terminal | None = None
    ) -> None:
        self.world = world
        address = world.folder / "nvim"
        config = world.folder / "init.lua"
        config.write_text(init, encoding="utf-8")
        command = [str(program), "-n", "-i", "NONE", "-u", str(config), "--listen", str(address)]
        self._process = None
        if terminal is None:
            self._process = subprocess.Popen(
                [*command, "--headless", *files],
                cwd=world.project,
                env=world.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        else:
            terminal.start(*command, *files, columns=84, rows=19)
        try:
            self.call = Rpc(address)
        except BaseException:
            if self._process is not None:
                self._process.kill()
                self._process.wait(WAIT_S)
            raise

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self.call("nvim_command", "qall!")
        self.call.close()
        if self._process is not None:
            self._process.wait(WAIT_S)

    def lua(self, code: str, *arguments: Any) -> Any:
        return self.call("nvim_exec_lua", code, arguments)

    def ready(self) -> None:
        """Until the server says that its model is there."""
        wait_until(lambda: self.state() == "ready", lambda: f"a server that is ready; {self.lua(_STORY)}")

    def state(self) -> str:
        return self.lua("return type(vim.g.abacus) == 'table' and vim.g.abacus.state or ''")

    def keys(self, keys: str) -> None:
        """Keys as in a mapping: 'ofoo<Esc>'. They are through when this returns."""
        self.call("nvim_input", keys)
        self.settled()

    def settled(self) -> None:
        """Until all keys have been read: an API call is served when Neovim waits for the next one."""
        wait_until(lambda: not self.call("nvim_get_mode")["blocking"], "an end of the keys")
        self.lua("vim.wait(0)")

    @property
    def ghost(self) -> str:
        return self.lua(_GHOST)

    def wait_ghost(self, text: str) -> None:
        """Until exactly this is shown in grey."""
        wait_until(
            lambda: self.ghost == text, lambda: f"grey {text!r}, not {self.ghost!r}; {self.lua(_STORY)}"
        )

    @property
    def offered(self) -> str:
        """What the server offers at the cursor now."""
        return self.lua(_OFFERED)

    @property
    def text(self) -> str:
        return "\n".join(self.call("nvim_buf_get_lines", 0, 0, -1, False))

    def wait_text(self, text: str) -> None:
        """Until the buffer holds exactly this."""
        wait_until(lambda: self.text == text, lambda: f"the text {text!r}, not {self.text!r}")

    @property
    def cursor(self) -> tuple[int, int]:
        """Line from 1, bytes before the cursor in it."""
        line, column = self.call("nvim_win_get_cursor", 0)
        return line, column

    @property
    def name(self) -> str:
        """Of the buffer."""
        return self.call("nvim_buf_get_name", 0)

    @property
    def messages(self) -> str:
        return self.call("nvim_exec2", "messages", {"output": True})["output"]


_OFFERED = """
local client = vim.lsp.get_clients({ name = 'abacus' })[1]
local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
params.context = { triggerKind = 2 }
local answer = vim.lsp.buf_request_sync(0, 'textDocument/inlineCompletion', params, 60000)[client.id]
local item = answer and answer.result and answer.result.items[1]
return item and item.insertText or ''
"""
_STORY = """
local clients = vim.tbl_map(function(client) return client.name end, vim.lsp.get_clients())
return vim.inspect({ clients, vim.g.abacus or 'no status', vim.api.nvim_get_mode().mode,
  vim.api.nvim_buf_get_lines(0, 0, -1, false), vim.api.nvim_win_get_cursor(0), vim.fn.execute('messages') })
"""
