"""SPDX identifiers of the licence names that model hubs use (Hugging Face: huggingface.co/docs/hub/repositories-licenses)."""

UNKNOWN = "unknown"
_SPELLED = (
    "0BSD", "AFL-3.0", "AGPL-3.0", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSL-1.0",
    "CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-NC-2.0", "CC-BY-NC-3.0", "CC-BY-NC-4.0", "CC-BY-NC-ND-3.0",
    "CC-BY-NC-ND-4.0", "CC-BY-NC-SA-2.0", "CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0",
    "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "ECL-2.0", "EPL-1.0", "EPL-2.0", "EUPL-1.1", "EUPL-1.2", "GFDL-1.3",
    "GPL-2.0", "GPL-3.0", "ISC", "LGPL-2.1", "LGPL-3.0", "LPPL-1.3c", "MIT", "MPL-2.0", "MS-PL", "NCSA", "ODbL-1.0", "ODC-By-1.0",
    "OFL-1.1", "OSL-3.0", "PDDL-1.0", "PostgreSQL", "Unlicense", "WTFPL", "Zlib",
)  # fmt: skip
_OTHERS = {"odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "pddl": "PDDL-1.0"}
_BY_NAME = {one.lower(): one for one in _SPELLED} | _OTHERS
"""Hugging Face's identifiers are SPDX's in lower case; three of them leave out the version."""


def identifier(name: str | None) -> str:
    """In SPDX's spelling; `LicenseRef-<name>` for what has no SPDX identifier (`openrail`, `llama3` …), `unknown` for what says nothing."""
    said = (name or "").strip().lower()
    if said in ("", "other", "unknown", "none"):
        return UNKNOWN
    letters = "".join(one if one.isalnum() or one in ".-" else "-" for one in said)
    return _BY_NAME.get(said, f"LicenseRef-{letters}")
