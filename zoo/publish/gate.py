"""The licence gate: what may be passed on, what must be said beside it, and what is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.card import Licenses
from registry.errors import InputError
from zoo.publish import rules
from zoo.publish.rules import Rule

_REFUSALS: dict[Rule, str] = {
    "nd": "allows no derivatives, and a converted file is one",
    "proprietary": "does not allow it to be passed on",
    "terms": "restricts its use; read it, and if you accept it say --accept-license {name}",
    "unknown": "is not known; if you know it say --accept-license {name}=SPDX-ID, or --i-may-publish {name} if you have the right",
}
_FLAGS: dict[Rule, str] = {
    "nc": "non-commercial use only",
    "copyleft": "copyleft: pass it on under the same licence, with the source or where it is",
    "share_alike": "share alike: pass it on under the same licence",
    "terms": "its use is restricted by its terms",
}


class LicenceError(InputError):
    """The licences do not allow the publication, or nobody knows whether they do."""


@dataclass(frozen=True)
class Consent:
    """What the user says by name: a licence (empty: as it is) that is accepted, and models that they may publish whatever is written."""

    accepted: Mapping[str, str] = field(default_factory=dict)
    may_publish: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Clearance:
    """The licences under which a model is published. `flags` are obligations, `statements` what the publisher said by name."""

    code: str
    weights: str
    dataset: str
    flags: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()

    @property
    def copyleft(self) -> bool:
        return "copyleft" in (rules.rule(self.code), rules.rule(self.weights))


def consent(accepted: Iterable[str], may_publish: Iterable[str], names: Iterable[str]) -> Consent:
    """From `NAME[=SPDX]` and `NAME`. Raises InputError for a name that is not published, or a licence that the table does not have."""
    known = list(names)
    found: dict[str, str] = {}
    for text in accepted:
        name, _, spdx = text.partition("=")
        _known("--accept-license", text, name, known)
        if "=" in text and rules.rule(spdx) == "unknown":
            raise InputError(
                f"--accept-license {text}: `{spdx}` is no licence that this program knows; give an SPDX identifier, like Apache-2.0"
            )
        found[name] = spdx
    allowed = list(may_publish)
    for name in allowed:
        _known("--i-may-publish", name, name, known)
    return Consent(found, frozenset(allowed))


def clear(name: str, card: Mapping[str, Any], consent: Consent) -> tuple[Clearance, list[str]]:
    """What holds for a model with this card (a manifest's; empty where it was converted from a lone file), and every reason to refuse it.

    Code and weights decide: both go into a converted file. A dataset is not passed on, so its licence only has to be said.
    """
    given = card.get("licenses", {})
    said = Licenses(
        code=given.get("code", rules.UNKNOWN),
        weights=given.get("weights", rules.UNKNOWN),
        dataset=given.get("dataset", rules.UNKNOWN),
    )
    stated = consent.accepted.get(name)
    statements: list[str] = []
    refusals: list[str] = []
    flags: list[str] = []
    found: dict[str, str] = {}
    for part in ("code", "weights"):
        license_ = getattr(said, part)
        if stated and rules.rule(license_) == "unknown":
            statements.append(
                f"The publisher states that the licence of the {part}, given as `{license_}`, is {stated}."
            )
            license_ = stated
        found[part] = license_
        rule = rules.rule(license_)
        if rule in _FLAGS:
            flags.append(f"{part} under {license_}: {_FLAGS[rule]}")
        if rule not in _REFUSALS:
            continue
        if name in consent.may_publish:
            statements.append(
                f"The licence of the {part} is `{license_}`; the publisher states that they may publish it all the same."
            )
        elif stated is not None and rule in ("terms", "unknown"):
            statements.append(f"The publisher accepts the licence of the {part}, `{license_}`, as it is.")
        else:
            refusals.append(
                f"the licence of {name}'s {part} (`{license_}`) {_REFUSALS[rule].format(name=name)}"
            )
    flags += _of_dataset(said.dataset)
    return Clearance(found["code"], found["weights"], said.dataset, tuple(flags), tuple(statements)), refusals


def require(refusals: list[str]) -> None:
    """Raises LicenceError with all of them in one sentence."""
    if refusals:
        raise LicenceError(f"not published: {'; '.join(refusals)}")


def _of_dataset(license_: str) -> list[str]:
    rule = rules.rule(license_)
    if rule == "unknown":
        return ["trained on data whose licence is not known; the data are not part of this publication"]
    if rule in ("nc", "nd", "proprietary", "terms"):
        return [f"trained on data under {license_}; the data are not part of this publication"]
    return []


def _known(option: str, text: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise InputError(f"{option} {text}: `{name}` is not published here; there are {', '.join(known)}")
