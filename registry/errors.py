"""The errors a user may see: one sentence that says what, where and what to do, and the exit code that goes with it."""


class ZooError(Exception):
    """Base of every error meant for the user. `str(error)` is the whole sentence; no traceback is ever shown.

    Exit codes (documented in README): 1 anything else, 2 bad usage or bad input, 3 fetching failed, 4 the source model's own code or
    weights failed, 5 conversion failed, 6 verification failed, 7 a needed package or device is missing, 8 no room or no permission.
    """

    exit_code = 1


class InputError(ZooError):
    """The user's input (a card, an option, a file) is wrong."""

    exit_code = 2


class FetchError(ZooError):
    """A download, a checkout or its verification failed."""

    exit_code = 3


class SourceError(ZooError):
    """The source model's own code or weights could not be used (missing class, exception, untrusted, needs pickle)."""

    exit_code = 4


class ConversionError(ZooError):
    """The model cannot be expressed exactly, or the engine failed on it."""

    exit_code = 5


class VerificationError(ZooError):
    """An artifact differs from its source model by more than the tolerance."""

    exit_code = 6


class MissingDependencyError(ZooError):
    """A package, tool or device that this step needs is not here."""

    exit_code = 7


class StorageError(ZooError):
    """The disk is full or a folder cannot be written."""

    exit_code = 8
