"""What can go wrong with a model file, as one small tree.

Every message ends with what the person can do about it. Foreign errors (httpx2, huggingface_hub, zipfile,
struct, OSError) are turned into these in the module that calls the foreign code, and nowhere else.

    ModelError              anything below; its text is fit to show to a person
      UnknownModelError     no such name in the catalogue and no such file
      NotInstalledError     known, but not on this machine
      ModelFileError        a file that is there but is not a whole, readable model
      SourceError           one source (a hub, an index, a folder) did not deliver; the next one may
      NoSpaceError          the disk is too small for it
      PullCancelledError    the person or the editor said stop; what arrived is kept for the next try
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class ModelError(Exception):
    """The root: `str(error)` says what happened and what to do."""


@contextmanager
def told(folder: Path) -> Generator[None]:
    """Tell an operating system's error about files in or near `folder` as ours."""
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"{error.filename or folder}: {error.strerror or error}. Check that the folder can be written and that no "
            "editor has the model open, or set ABACUS_HOME to another folder."
        ) from error


class UnknownModelError(ModelError):
    """A name that is neither in the catalogue nor a path."""


class NotInstalledError(ModelError):
    """A catalogue model that has not been pulled yet."""


class ModelFileError(ModelError):
    """A file that is truncated, damaged or not a model."""


class SourceError(ModelError):
    """One source failed; the pull goes on with the next."""


class NoSpaceError(ModelError):
    """Not enough free disk space."""


class PullCancelledError(ModelError):
    """Stopped on request."""
