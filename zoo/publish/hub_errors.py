"""What the Hub, its library and the network say, as one sentence of the right kind."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from registry.errors import FetchError, InputError, ZooError
from registry.fetch.request import innermost
from zoo.publish.revisions import ConflictError, SendError

_LOGIN = "`hf auth login` with an account that may"


@contextmanager
def talking(where: str, sending: bool) -> Iterator[None]:
    """Raises InputError for what the user has to change, ConflictError where another commit came first, else SendError or FetchError."""
    from huggingface_hub import errors

    http_error: Any = errors.HfHubHTTPError.__bases__[0]  # that of whichever HTTP client the library has
    doing, failed = ("sending to", SendError) if sending else ("fetching from", FetchError)
    again = "run the same command again, what arrived is kept"
    try:
        with _quiet():
            yield
    except ZooError:
        raise
    except errors.LocalTokenNotFoundError as error:
        raise InputError(f"{where}: there is no login for the Hub: {_LOGIN} write there.") from error
    except errors.OfflineModeIsEnabled as error:
        raise failed(f"{where}: HF_HUB_OFFLINE is set, so the Hub is not asked: unset it.") from error
    except errors.GatedRepoError as error:
        raise InputError(f"{where} is gated: accept its terms on its page, then {_LOGIN} read it.") from error
    except errors.RevisionNotFoundError as error:
        raise InputError(f"{where}: the repository has no such branch, tag or commit.") from error
    except errors.RepositoryNotFoundError as error:
        raise InputError(
            f"{where} is not there, or it is not for this login: {_LOGIN} {'write' if sending else 'read'} it."
        ) from error
    except errors.HfHubHTTPError as error:
        raise _refused(where, doing, failed, error) from error
    except (http_error, RuntimeError, OSError) as error:
        status = _status(error)
        said = f"HTTP {status}" if status else _plain(innermost(error))
        raise failed(f"{doing} {where} was cut ({said}): {again}.") from error
    except ValueError as error:
        raise failed(f"{doing} {where} failed ({_plain(str(error))}).") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """No log lines and warnings of the client: what matters becomes progress or a sentence."""
    logger = logging.getLogger("huggingface_hub")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.setLevel(before)


def _refused(where: str, doing: str, failed: type[ZooError], error: Any) -> ZooError:
    status = _status(error)
    said = _plain(str(getattr(error, "server_message", "") or ""))
    if status == 412:
        return ConflictError(
            f"{where}: another commit came while this was sent ({said or 'HTTP 412'}): nothing was overwritten; look at it "
            f"(`zoo pull {where}`), then publish again."
        )
    if status in (401, 403):
        return InputError(f"{doing} {where} is not allowed ({said or f'HTTP {status}'}): {_LOGIN} do that.")
    return failed(
        f"{doing} {where} failed (HTTP {status}{f': {said}' if said else ''}): run the same command again."
    )


def _status(error: BaseException | None) -> int:
    """The HTTP status somewhere in a chain of exceptions; 0 where there is none."""
    while error is not None:
        response = getattr(error, "response", None)
        if response is not None:
            return int(response.status_code)
        error = error.__cause__ or error.__context__
    return 0


def _plain(text: str) -> str:
    """One line, as the Hub's answers may hold anything."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:200]
