"""What licences allow, and what the gate makes of it."""

from typing import Any

import pytest

from registry.errors import InputError
from zoo.publish import gate, rules

RULES = [
    ("MIT", "permissive"),
    ("apache-2.0", "permissive"),
    ("Apache-2.0 WITH LLVM-exception", "permissive"),
    ("CC-BY-4.0", "permissive"),
    ("CC0-1.0", "permissive"),
    ("CC-BY-SA-4.0", "share_alike"),
    ("AGPL-3.0-only", "copyleft"),
    ("GPL-2.0+", "copyleft"),
    ("CC-BY-NC-4.0", "nc"),
    ("CC-BY-NC-SA-4.0", "nc"),
    ("CC-BY-ND-4.0", "nd"),
    ("CC-BY-NC-ND-4.0", "nd"),
    ("llama3.1", "terms"),
    ("bigscience-openrail-m", "terms"),
    ("LicenseRef-proprietary", "proprietary"),
    ("unknown", "unknown"),
    ("", "unknown"),
    ("NOASSERTION", "unknown"),
    ("LicenseRef-somebody", "unknown"),
    ("see the website (maybe", "unknown"),
    ("MIT OR CC-BY-ND-4.0", "permissive"),
    ("MIT AND CC-BY-ND-4.0", "nd"),
    ("MIT AND unheard-of", "unknown"),
    ("(MIT OR GPL-3.0-only) AND CC-BY-NC-4.0", "nc"),
]


@pytest.mark.parametrize(("expression", "rule"), RULES)
def test_rules(expression: str, rule: str) -> None:
    assert rules.rule(expression) == rule


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("Apache-2.0", "apache-2.0"),
        ("GPL-3.0-or-later", "gpl-3.0"),
        ("unknown", "unknown"),
        ("MIT OR Apache-2.0", "other"),
        ("CC-BY-NC-4.0", "cc-by-nc-4.0"),
        ("0BSD", "other"),
    ],
)
def test_the_hubs_names(expression: str, name: str) -> None:
    assert rules.hugging_face(expression) == name


def cleared(code: str, weights: str, dataset: str = "MIT", **said: Any) -> tuple[gate.Clearance, list[str]]:
    card = {"licenses": {"code": code, "weights": weights, "dataset": dataset}}
    consent = gate.consent(said.get("accepted", ()), said.get("may_publish", ()), ["net", "other"])
    return gate.clear("net", card, consent)


@pytest.mark.parametrize("bad", ["unknown", "CC-BY-ND-4.0", "proprietary", "gemma", "what is this?"])
@pytest.mark.parametrize("part", ["code", "weights"])
def test_what_may_not_be_passed_on_is_refused(bad: str, part: str) -> None:
    licenses = {"code": "MIT", "weights": "MIT"} | {part: bad}
    _, refusals = cleared(**licenses)
    assert len(refusals) == 1
    assert f"net's {part} (`{bad}`)" in refusals[0]
    with pytest.raises(gate.LicenceError, match="not published: the licence of net"):
        gate.require(refusals)


def test_an_unknown_dataset_is_said_and_not_refused() -> None:
    clearance, refusals = cleared("MIT", "MIT", "unknown")
    assert not refusals
    assert clearance.flags == (
        "trained on data whose licence is not known; the data are not part of this publication",
    )


def test_non_commercial_and_copyleft_are_flagged() -> None:
    clearance, refusals = cleared("GPL-3.0-only", "CC-BY-NC-4.0")
    assert not refusals
    assert len(clearance.flags) == 2
    assert "copyleft" in clearance.flags[0]
    assert "non-commercial use only" in clearance.flags[1]
    assert clearance.copyleft


def test_a_stated_licence_takes_the_place_of_an_unknown_one_alone() -> None:
    clearance, refusals = cleared("BSD-3-Clause", "unknown", accepted=["net=CC-BY-NC-4.0"])
    assert not refusals
    assert (clearance.code, clearance.weights) == ("BSD-3-Clause", "CC-BY-NC-4.0")
    assert "states that the licence of the weights" in clearance.statements[0]
    assert any("non-commercial" in flag for flag in clearance.flags)


def test_a_stated_licence_is_judged_too() -> None:
    _, refusals = cleared("MIT", "unknown", accepted=["net=CC-BY-ND-4.0"])
    assert "allows no derivatives" in refusals[0]


def test_acceptance_is_by_name_and_recorded() -> None:
    assert cleared("MIT", "unknown", accepted=["other"])[1]
    clearance, refusals = cleared("MIT", "unknown", accepted=["net"])
    assert not refusals
    assert "accepts the licence of the weights" in clearance.statements[0]


def test_acceptance_does_not_give_rights_that_the_licence_withholds() -> None:
    assert cleared("MIT", "CC-BY-ND-4.0", accepted=["net"])[1]
    assert cleared("MIT", "proprietary", accepted=["net=MIT"])[1]
    clearance, refusals = cleared("MIT", "CC-BY-ND-4.0", may_publish=["net"])
    assert not refusals
    assert "states that they may publish it" in clearance.statements[0]


def test_a_model_without_a_card_has_no_licences() -> None:
    _, refusals = gate.clear("net", {}, gate.consent([], [], ["net"]))
    assert len(refusals) == 2


@pytest.mark.parametrize(
    ("accepted", "may_publish", "said"),
    [
        (["nett=MIT"], [], "`nett` is not published here; there are net, other"),
        (["net=Foo"], [], "`Foo` is no licence"),
        (["net="], [], "`` is no licence"),
        ([], ["nett"], "`nett` is not published here"),
    ],
)
def test_names_and_licences_are_checked(accepted: list[str], may_publish: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        gate.consent(accepted, may_publish, ["net", "other"])
