"""A living mirror to the first place, and the report."""

from pathlib import Path

import pytest

from registry import catalog
from registry.links.collect import links
from registry.links.promote import promote, reordered
from registry.links.report import markdown, report
from registry.links.visit import Visit
from tests.registry.links.test_links import card

A, B, C = "https://a.example/m", "https://b.example/m", "https://c.example/m"


def visits(**statuses: str) -> dict[str, Visit]:
    return {
        f"https://{name}.example/m": Visit(f"https://{name}.example/m", status)
        for name, status in statuses.items()
    }  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "order"),
    [
        (visits(a="gone", b="gone", c="alive"), (C, A, B)),
        (visits(a="page", b="busy", c="alive"), (C, B, A)),
        (visits(a="alive", b="gone", c="alive"), (A, B, C)),
        (visits(a="busy", b="alive", c="alive"), (A, B, C)),
        (visits(a="gone", b="gone", c="gone"), (A, B, C)),
        (visits(a="gone", b="busy"), (A, B, C)),
        (visits(a="size", b="alive"), (B, C, A)),
    ],
)
def test_the_first_place_is_given_away_only_by_rot_and_only_to_life(
    found: dict[str, Visit], order: tuple[str, ...], tmp_path: Path
) -> None:
    path = card(tmp_path, "one", A, B, C)
    before = path.read_text()
    assert promote(path, found) == (order != (A, B, C))
    assert catalog.load_file(path).weights[0].urls == order
    after = path.read_text()
    assert after.count("# mirror") == 3, "comments stay"
    assert sorted(after) == sorted(before)


def test_flow_lists_quotes_and_code_files_are_kept() -> None:
    text = f"name: x  # é\nweights:\n  - {{file: m, urls: ['{A}', \"{B}\"]}}\nsource:\n  files:\n    - urls: [{A}, {C}]\n"
    found = visits(a="gone", b="alive", c="alive")
    assert reordered(text, found) == text.replace(f"'{A}', \"{B}\"", f"\"{B}\", '{A}'").replace(
        f"{A}, {C}", f"{C}, {A}"
    )


def test_the_report_is_a_page_that_no_link_breaks(tmp_path: Path) -> None:
    path = card(tmp_path, "one", A, B)
    found = links([path])
    answers = {
        A: Visit(A, "page", "it is an HTML page titled <script>|x\n# no heading"),
        B: Visit(B, "busy", "HTTP 429"),
    }
    made = report(found, answers, ["x/one"])
    assert (made.links, made.counts) == (2, {"busy": 1, "page": 1})
    assert [row.url for row in made.rot] == [A]
    assert [row.url for row in made.open] == [B]
    page = markdown(made)
    assert "&lt;script>\\|x # no heading" in page
    assert "- `x/one`" in page
    assert page.index("## Rot") < page.index("## Not settled")
