"""What came in place of the model: an HTML page, a Git-LFS pointer, a Google Drive page, an error document."""

import html
import re
from pathlib import Path

HEAD = 4096
"""Bytes from a file's beginning that are enough to tell."""

_HTML = re.compile(
    rb"\A(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|title|script|meta)\b", re.I | re.S
)
_LFS = b"version https://git-lfs.github.com/spec/"
_XML_ERROR = re.compile(rb"\A\s*(<\?xml[^>]*\?>)?\s*<Error>", re.I)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.I | re.S)
_QUOTA = (
    "quota exceeded",
    "too many users have viewed or downloaded",
    "can't view or download this file at this time",
)
_DENIED = (
    "you need access",
    "access denied",
    "accounts.google.com/v3/signin",
    "servicelogin",
    "sign in - google accounts",
)
_CODE = re.compile(rb"<Code>(.*?)</Code>", re.I | re.S)


def impostor(head: bytes, name: str) -> str | None:
    """What the beginning of a file shows it to be instead of the model `name`; None where it looks like a model.

    `head` holds its first 4096 bytes, or all of a shorter one.
    """
    if head.startswith(_LFS):
        return "it is a Git-LFS pointer, not the file itself (the host did not serve the LFS content)"
    if is_html(head) and not name.lower().endswith((".html", ".htm")):
        return page(head.decode("utf-8", "replace"))
    if _XML_ERROR.match(head):
        code = _CODE.search(head)
        said = f" ({code[1].decode('utf-8', 'replace').strip()})" if code else ""
        return f"it is an XML error message{said}, not the file"
    if not head:
        return "it is empty"
    return None


def impostor_file(path: Path, name: str) -> str | None:
    """The same for a file on the disk."""
    with path.open("rb") as stream:
        return impostor(stream.read(HEAD), name)


def is_html(head: bytes) -> bool:
    """Does an HTML page begin here?"""
    return _HTML.match(head) is not None


def page(text: str) -> str:
    """The cause that an HTML page in place of a file stands for."""
    low = html.unescape(text).replace("\u2019", "'").lower()
    title = _TITLE.search(text)
    name = " ".join(html.unescape(title[1]).split())[:80] if title else ""
    if any(phrase in low for phrase in _QUOTA):
        return "Google Drive's download quota for this file is used up (try again in a day)"
    if any(phrase in low for phrase in _DENIED):
        return "the file is not public (an access or sign-in page came instead)"
    if "virus scan warning" in low:
        return "Google Drive's confirmation page came instead of the file"
    return f"it is an HTML page{f' titled “{name}”' if name else ''}, not the file"
