import pytest

from registry import licences


@pytest.mark.parametrize(
    ("expression", "permissive"),
    [
        ("MIT", True),
        ("apache-2.0", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-or-later", False),
        ("CC-BY-NC-4.0", False),
        ("unknown", False),
        ("", False),
        ("(MIT OR X) AND BSD-3-Clause", False),
        ("LicenseRef-openrail", False),
    ],
)
def test_what_asks_for_notices_alone(expression: str, permissive: bool) -> None:
    assert licences.is_permissive(expression) is permissive


def test_a_part_of_an_expression_is_found_whatever_its_case() -> None:
    assert licences.names("MIT OR Apache-2.0", "apache-2.0")
    assert licences.names("(MIT OR Apache-2.0) AND ISC", "mit")
    assert licences.names("unknown", "unknown")
    assert not licences.names("MIT-0", "MIT")


def test_the_table_holds_no_licence_twice() -> None:
    listed = [one.casefold() for entry in licences.table().rules for one in entry.ids]
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("identifier", "rule"),
    [
        ("mit", "permissive"),
        ("Beerware", "permissive"),
        ("Unicode-DFS-2016", "permissive"),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", "copyleft"),
        ("OFL-1.1", "copyleft"),
        ("Apache-2.0+", "permissive"),
        ("CC-BY-NC-ND-4.0", "nd"),
        ("llama3.1", "terms"),
        ("LicenseRef-something", "unknown"),
    ],
)
def test_one_table_says_what_each_allows(identifier: str, rule: str) -> None:
    assert licences.rule(identifier) == rule
    assert licences.is_permissive(identifier) is (rule == "permissive")


def test_every_name_of_the_hub_has_a_rule_or_says_nothing() -> None:
    assert [one for one in licences.table().hugging_face if licences.rule(one) == "unknown"] == [
        "cc",
        "unknown",
    ]
    assert licences.spelled()["odbl"] == licences.spelled()["odbl-1.0"] == "ODbL-1.0"
