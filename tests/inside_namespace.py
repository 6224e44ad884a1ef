"""Run inside a network namespace of its own (`unshare -n`): a session with a local model, and what touched the network.

Prints one JSON object. Only loopback is up, so that the kernel counts every try of anything here, native code included, to reach
another machine; `control` is how many it counted of two tries of our own.
"""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
from pathlib import Path

import psutil
from lsp_client import INLINE, Client

PATHS = (
    ("GET", "/props"), ("GET", "/slots"), ("GET", "/metrics"), ("GET", "/lora-adapters"), ("POST", "/completion"),
    ("POST", "/v1/completions"), ("POST", "/v1/chat/completions"), ("POST", "/infill"), ("POST", "/tokenize"),
    ("POST", "/detokenize"), ("POST", "/embedding"), ("POST", "/apply-template"), ("POST", "/slots/0?action=save"),
)  # fmt: skip


def attempts() -> int:
    """Packets that wanted to leave the machine (there is no way out: the kernel counts each), and all UDP (name servers)."""
    tables: dict[str, dict[str, int]] = {}
    lines = Path("/proc/self/net/snmp").read_text().splitlines()
    for names, numbers in zip(lines[::2], lines[1::2], strict=True):
        table, *fields = names.split()
        tables[table] = dict(zip(fields, map(int, numbers.split()[1:]), strict=True))
    six = dict(line.split() for line in Path("/proc/self/net/snmp6").read_text().splitlines())
    return tables["Ip:"]["OutNoRoutes"] + tables["Udp:"]["OutDatagrams"] + int(six["Ip6OutNoRoutes"])


def family(pid: int) -> list[psutil.Process]:
    own = psutil.Process(pid)
    return [own, *own.children(recursive=True)]


def sockets(pid: int) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """(listening at, connected to) of the server and its children."""
    held = [each for process in family(pid) for each in process.net_connections("inet")]
    listening = {tuple(each.laddr) for each in held if each.status == psutil.CONN_LISTEN}
    connected = {tuple(each.raddr) for each in held if each.raddr}
    return listening, connected


def knock(address: tuple[str, int], key: str | None) -> dict[str, int]:
    """Status of every path without the right key."""
    told: dict[str, int] = {}
    for method, path in PATHS:
        connection = http.client.HTTPConnection(*address, timeout=20)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        connection.request(
            method,
            path,
            body='{"prompt": "x", "content": "x"}' if method == "POST" else None,
            headers=headers,
        )
        told[path] = connection.getresponse().status
        connection.close()
    return told


def main(model: str, folder: Path) -> None:
    subprocess.run(("ip", "link", "set", "lo", "up"), check=True)
    start = attempts()
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as out, contextlib.suppress(OSError):
            out.connect(("192.0.2.1", 53))
    before = attempts()
    control = before - start
    (folder / "a.py").write_text("def add(a, b):\n    return a + b\n")
    seen_listening: set[tuple[str, int]] = set()
    seen_connected: set[tuple[str, int]] = set()
    with Client() as client:
        client.initialize(
            options={"model": model, "completion": {"debounceMs": 0}}, folder=folder, capabilities=INLINE
        )
        uri = (folder / "b.py").as_uri()
        client.open(uri, "from a import add\nimport os\n\npath = os.")
        answers = 0
        for _ in range(3):
            answers += bool(client.inline(uri, 3, 10, kind=1))
            listening, connected = sockets(client.pid)
            seen_listening |= listening
            seen_connected |= connected
        (address,) = listening
        refused, wrong = knock(address, None), knock(address, "wrong")
        children = family(client.pid)[1:]
        arguments = [" ".join(child.cmdline()) for child in children]
        psutil.Process(client.pid).kill()
        _, alive = psutil.wait_procs(children, timeout=20)
    print(
        json.dumps(
            {
                "control": control, "sent": attempts() - before, "answers": answers, "children": len(children),
                "alive": len(alive), "arguments": arguments, "listening": sorted(seen_listening),
                "connected": sorted({host for host, _ in seen_connected}), "ports": sorted({p for _, p in seen_connected}),
                "refused": refused, "wrong": wrong,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
