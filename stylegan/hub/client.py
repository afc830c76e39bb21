"""Repositories on the Hugging Face Hub, and their failures in plain words.

Importing this touches no network.
"""

import contextlib
import errno
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote

from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    XetDownloadError,
)
from huggingface_hub.utils import httpx, validate_repo_id

from stylegan.errors import HubError, UserError

CONTACT_SECONDS = 5  # for an answer to one request
PAUSES = (0.1, 0.5)  # s before a request is made again, and once more, where its connection broke
QUICK_SECONDS = 2  # a request that breaks later has been made again by the client itself
BROKEN = (httpx.NetworkError, httpx.RemoteProtocolError)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# An address as people copy it; of https:// a path object keeps one slash. Spaces and datasets hold no models.
_PAGE = re.compile(
    r"(?:https?:/{1,2}[^/]+/|(?:www\.)?(?:huggingface\.co|hf\.co)/)(?!(?:spaces|datasets)/)(?P<name>[^/?#]+/[^/?#]+)"
    r"(?:/(?:tree|blob|resolve|raw|commit|commits|blame)/(?P<revision>[^/?#]+))?(?:[/?#].*)?"
)

T = TypeVar("T")


@dataclass(frozen=True)
class HubRepo:
    """A repository on the Hub, at a branch, a tag or a commit."""

    name: str  # owner/name
    revision: str = "main"

    @staticmethod
    def is_page(text: str) -> bool:
        """Whether a text is the address of a repository's page."""
        return bool(_PAGE.fullmatch(text.strip()))

    @classmethod
    def parse(cls, text: str) -> "HubRepo":
        """From ``owner/name``, ``owner/name@revision``, or the address of one of the repository's pages.

        Raises:
            HubError: it is none of these.
        """
        page = _PAGE.fullmatch(text.strip())
        name, _, revision = (page["name"] if page else text.strip().strip("/")).partition("@")
        revision = unquote(page["revision"] or revision) if page else revision
        with contextlib.suppress(HFValidationError):
            validate_repo_id(name)
            if "/" in name and re.fullmatch(r"[\w./-]*", revision) and ".." not in revision:
                return cls(name, revision or "main")
        raise HubError(f"{text.strip()[:100]} is not a name on the Hub; it should look like owner/name.")


@contextlib.contextmanager
def hub_errors(repo: HubRepo) -> Iterator[None]:
    """Turn what goes wrong with a repository into a ``HubError``."""
    try:
        yield
    except UserError:
        raise
    except (httpx.HTTPError, OSError, EntryNotFoundError, ValueError, RuntimeError, XetDownloadError) as error:
        raise HubError(_reason(error, repo)) from error


def persistently(request: Callable[[], T]) -> T:
    """The result of a request, which is repeated where its connection breaks at once.

    request: can be made twice without harm.
    """
    for pause in PAUSES:
        start = time.monotonic()
        try:
            return request()
        except Exception as error:
            if not isinstance(_root(error), BROKEN) or time.monotonic() - start > QUICK_SECONDS:
                raise
            time.sleep(pause)
    return request()


def within(end: float | None, work: Callable[[], T], repo: HubRepo) -> T:
    """Do work that asks the Hub, in a thread that is abandoned when time is up: resolving a name can hang for minutes.

    Raises:
        HubError: the work failed, or was not done in time. CheckpointError: as the work raises it.
    """
    results: queue.SimpleQueue[T | UserError] = queue.SimpleQueue()

    def run() -> None:
        try:
            with hub_errors(repo):
                results.put(work())
        except UserError as error:
            results.put(error)

    if end is None:
        run()
    else:
        threading.Thread(target=run, daemon=True, name="hub").start()
    try:
        result = results.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
    except queue.Empty:
        raise HubError(f"The Hub took too long over {repo.name}.") from None
    if isinstance(result, UserError):
        raise result
    return result


def _root(error: Exception) -> Exception:
    """What is behind the client's statement that a file is not in its cache either."""
    if isinstance(error, LocalEntryNotFoundError | RuntimeError) and isinstance(error.__cause__, Exception):
        return error.__cause__
    return error


def _reason(error: Exception, repo: HubRepo) -> str:
    """What went wrong, for someone who knows nothing of HTTP."""
    error = _root(error)
    if isinstance(error, OfflineModeIsEnabled):
        return "The Hub is switched off here (HF_HUB_OFFLINE)."
    if isinstance(error, GatedRepoError):
        return f"{repo.name} is gated: accept its conditions on its page on the Hub, and sign in with: hf auth login."
    if isinstance(error, RepositoryNotFoundError):
        return f"There is no {repo.name} on the Hub, or it is private: then sign in with: hf auth login."
    if isinstance(error, RevisionNotFoundError):
        return f"{repo.name} has no revision {repo.revision}."
    if isinstance(error, EntryNotFoundError) and not isinstance(error, OSError):
        return f"A file is missing in {repo.name}."
    if isinstance(error, HfHubHTTPError):
        return _refusal(error.response.status_code, repo)
    if isinstance(error, httpx.TimeoutException):
        return f"The Hub does not answer, so {repo.name} cannot be had."
    if isinstance(error, httpx.HTTPError):
        return f"The Hub cannot be reached, so {repo.name} cannot be had. Check the network."
    if isinstance(error, OSError) and error.errno in FULL:
        return f"There is no room on the disk for {repo.name}."
    if isinstance(error, OSError) and error.errno:
        return f"{repo.name} cannot be kept on the disk: {error.strerror}."
    if isinstance(error, OSError):
        return f"The download of {repo.name} came in incomplete."
    return f"{repo.name} cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}."


def _refusal(status: int, repo: HubRepo) -> str:
    """What an HTTP status means here."""
    if status == 401:
        return f"The Hub does not accept the access token for {repo.name}. Sign in again with: hf auth login."
    if status == 403:
        return f"Your account on the Hub may not do this with {repo.name}."
    if status == 404:
        return f"Something is missing in {repo.name} on the Hub."
    if status == 429:
        return "The Hub asks for a pause: too many requests from here. Try again in some minutes."
    if status >= 500:
        return f"The Hub has trouble of its own (error {status}). Try again later."
    return f"The Hub refused {repo.name} (error {status})."
