"""The Hugging Face Hub, through its own library (tokens, gated repositories, resume and its storage are its business)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from registry.disk import storage
from registry.fetch import https, sniff
from registry.fetch.network import Network
from registry.fetch.sources import remove
from registry.fetch.transfer import TransferError, TransientError, with_retries
from registry.progress import Progress, silent

_CODE = ["*.py", "*.json", "*.txt", "*.md", "*.yaml", "*.yml", "*.toml", "*.cfg", "LICENSE*"]
_T = TypeVar("_T")


def split(address: str) -> tuple[str, str, str]:
    """`<org>/<repo>@<revision>:<file>` → repository, revision, file."""
    place, _, file = address.partition(":")
    repository, _, revision = place.partition("@")
    return repository, revision, file


def download(address: str, target: https.Target, network: Network, progress: Progress = silent) -> None:
    """Complete `target.partial` with one file of a repository. Raises TransferError with the cause, StorageError."""
    from huggingface_hub import hf_hub_download

    repository, revision, file = split(address)
    folder = target.partial.with_name(f"{target.partial.name}.hf")  # holds what an interrupted download left

    def attempt() -> str:
        return str(
            hf_hub_download(
                repository, file, revision=revision, local_dir=folder, endpoint=network.huggingface,
                tqdm_class=bar(f"fetching {target.name}", progress), library_name="zoo",
            )
        )  # fmt: skip

    with storage(folder):
        got = Path(_asked(network, attempt))
        cause = sniff.impostor_file(got, target.name)
        if cause is None:
            https.discard(target.partial)
            got.replace(target.partial)
        remove(folder)
    if cause is not None:
        raise TransferError(cause)


def snapshot(repository: str, revision: str, into: Path, network: Network) -> None:
    """Fill the empty folder `into` with the code of a repository at a revision. Raises TransferError, StorageError."""
    from huggingface_hub import snapshot_download

    def attempt() -> object:
        return snapshot_download(
            repository, revision=revision, local_dir=into, endpoint=network.huggingface, allow_patterns=_CODE,
            tqdm_class=bar("", silent), library_name="zoo",
        )  # fmt: skip

    with storage(into):
        _asked(network, attempt)
        remove(into / ".cache")


class HubFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a repository. Large ones have a sha256, small ones git's blob hash alone."""

    path: str
    size: int | None = None
    sha256: str | None = None
    git_blob: str | None = None


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """What the Hub says of a model repository at one commit; empty is what its model card does not say."""

    name: str
    commit: str
    files: tuple[HubFile, ...]
    license: str = ""
    license_link: str = ""
    task: str = ""
    library: str = ""


def look(repository: str, revision: str, network: Network) -> Repository:
    """A repository's files and hashes at the commit that a revision is at, and what its model card says. Raises TransferError."""
    from huggingface_hub import HfApi

    api = HfApi(endpoint=network.huggingface, library_name="zoo")
    info = _asked(network, lambda: api.model_info(repository, revision=revision, files_metadata=True))
    said: dict[str, Any] = vars(info.card_data) if info.card_data else {}
    return Repository(
        name=repository,
        commit=str(info.sha),
        files=tuple(
            HubFile(
                path=one.rfilename,
                size=one.size,
                sha256=one.lfs.sha256 if one.lfs else None,
                git_blob=None if one.lfs else one.blob_id,
            )
            for one in info.siblings or ()
        ),
        license=_said(said, "license_name" if said.get("license") == "other" else "license"),
        license_link=_said(said, "license_link"),
        task=info.pipeline_tag or "",
        library=info.library_name or "",
    )


def _said(said: dict[str, Any], key: str) -> str:
    """A text of a model card; nothing where it is a list or missing."""
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _asked(network: Network, attempt: Callable[[], _T]) -> _T:
    """The library's answer, its many errors as causes in words."""
    from huggingface_hub import errors

    http_error: Any = errors.HfHubHTTPError.__bases__[0]  # that of whichever HTTP client the library has

    def once() -> _T:
        try:
            return attempt()
        except errors.GatedRepoError as error:
            raise TransferError("the repository is gated: accept its terms, then `hf auth login`") from error
        except errors.RevisionNotFoundError as error:
            raise TransferError("that revision is not there") from error
        except errors.RemoteEntryNotFoundError as error:
            raise TransferError("that file is not in the repository at that revision") from error
        except errors.RepositoryNotFoundError as error:
            raise TransferError(
                "the repository is not there, or it is private and needs `hf auth login`"
            ) from error
        except errors.HfHubHTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            raise (TransientError if status == 429 or status >= 500 else TransferError)(
                f"HTTP {status}"
            ) from error
        except (http_error, errors.LocalEntryNotFoundError, ConnectionError) as error:
            # the library has tried again by itself
            raise TransferError(f"the Hub does not answer ({type(error).__name__})") from error
        except (errors.HFValidationError, ValueError) as error:
            raise TransferError(f"it is not a usable address ({str(error).splitlines()[0]})") from error

    return with_retries(network, once)


def bar(what: str, progress: Progress) -> Any:
    """A progress bar class that shows nothing itself and tells `progress`."""
    import io

    from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]

    class Bar(tqdm):  # type: ignore[misc, type-arg, unused-ignore]
        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **{**options, "file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            progress(what, int(self.n), int(self.total) if self.total else None)
            return bool(shown)

    return Bar
