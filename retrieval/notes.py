"""What others ask of an indexer between two looks of its thread.

Knows: keys and texts. Must not know: threads, or how anything is indexed.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """Everything asked for since the thread last looked."""

    buffers: dict[str, str | None] = field(default_factory=dict[str, "str | None"])  # None: closed
    changed: set[str] = field(default_factory=set[str])
    rescan: bool = False
    stop: bool = False
