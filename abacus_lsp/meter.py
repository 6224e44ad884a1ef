"""CPU seconds that this process and its models have used: one meter a process, read by all its clients.

Knows processes. Must not know what they do or who asks.
"""

import threading

import psutil


class Meter:
    """Reading it takes some milliseconds, because the system's processes are looked through; from any thread."""

    def __init__(self) -> None:
        self._own = psutil.Process()
        self._read = 0.0
        self._lock = threading.Lock()

    def lap(self) -> float:
        """CPU seconds since the last lap, or since the process began."""
        with self._lock:
            total = self._total()
            used, self._read = total - self._read, total
        return max(used, 0.0)

    def _total(self) -> float:
        own = self._own.cpu_times()
        total = own.user + own.system
        total += own.children_user + own.children_system  # of those that have ended
        for child in self._own.children(recursive=True):
            try:
                times = child.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
        return total
