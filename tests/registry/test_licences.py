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


def test_the_list_holds_no_licence_twice() -> None:
    assert len(licences.permissive()) > 30
    assert {"mit", "apache-2.0", "cc0-1.0"} <= licences.permissive()
    assert not {"gpl-3.0", "cc-by-nc-4.0", "cc-by-sa-4.0", "agpl-3.0"} & licences.permissive()
