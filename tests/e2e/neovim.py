"""A real Neovim, driven by its own API over a socket; headless, or with its screen in a terminal."""

import contextlib
import subprocess
from pathlib import Path
from typing import Any

import pynvim
from terminal import Terminal
from world import World, wait_until

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
        socket = world.folder / "nvim"
        config = world.folder / "init.lua"
        config.write_text(init, encoding="utf-8")
        command = [str(program), "-n", "-i", "NONE", "-u", str(config), "--listen", str(socket)]
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
            terminal.start(*command, *files)
        wait_until(socket.is_socket, "Neovim's socket")
        self.api = pynvim.attach("socket", path=str(socket))

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self.api.command("qall!", async_=True)
        if self._process is not None:
            self._process.wait(30)
        self.api.close()

    def lua(self, code: str, *arguments: Any) -> Any:
        return self.api.exec_lua(code, *arguments)

    def ready(self) -> None:
        """Until the server says that its model is there."""
        wait_until(lambda: self.state() == "ready", lambda: f"a server that is ready; {self.lua(_STORY)}")

    def state(self) -> str:
        return self.lua("return type(vim.g.abacus) == 'table' and vim.g.abacus.state or ''")

    def keys(self, keys: str) -> None:
        """Keys as in a mapping: 'ofoo<Esc>'. They are through when this returns."""
        self.api.input(keys)
        self.settled()

    def settled(self) -> None:
        """Until all keys have been read: an API call is served when Neovim waits for the next one."""
        wait_until(lambda: not self.api.api.get_mode()["blocking"], "an end of the keys")
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
    def text(self) -> str:
        return "\n".join(self.api.current.buffer[:])

    def wait_text(self, text: str) -> None:
        """Until the buffer holds exactly this."""
        wait_until(lambda: self.text == text, lambda: f"the text {text!r}, not {self.text!r}")

    @property
    def messages(self) -> str:
        return self.api.command_output("messages")


_STORY = """
local clients = vim.tbl_map(function(client) return client.name end, vim.lsp.get_clients())
return vim.inspect({ clients, vim.g.abacus or 'no status', vim.api.nvim_get_mode().mode,
  vim.api.nvim_buf_get_lines(0, 0, -1, false), vim.api.nvim_win_get_cursor(0), vim.fn.execute('messages') })
"""
