"""SPDX identifiers of the licence names that model hubs use (Hugging Face: huggingface.co/docs/hub/repositories-licenses)."""

from registry import licences

UNKNOWN = "unknown"


def identifier(name: str | None) -> str:
    """In SPDX's spelling; `LicenseRef-<name>` for what has no SPDX identifier (`openrail`, `llama3` …), `unknown` for what says nothing."""
    said = (name or "").strip().lower()
    if said in ("", "other", "unknown", "none"):
        return UNKNOWN
    letters = "".join(one if one.isalnum() or one in ".-" else "-" for one in said)
    return licences.spelled().get(said, f"LicenseRef-{letters}")
