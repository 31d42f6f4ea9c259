"""The section of links: what is written is read again, and the rest of the page stays."""

from __future__ import annotations

from speechgen.reporting.links import HEADING, link_list, links_of, with_links

PAGE = "# Results\n\nText.\n\n## Enhancement\n\n| a | b |\n\n## All numbers\n\n| c [x](y.png) |\n"
LINKS = ["enhance/contact_sheet.png", "enhance/samples/a (b) ü.wav", "enhance/samples/c.wav"]


def test_links_come_back_as_they_were_written() -> None:
    page = with_links(PAGE, LINKS)
    assert links_of(page) == LINKS and "a%20%28b%29" in page
    assert link_list(LINKS).count("\n") == 1  # a line for each folder
    assert links_of(PAGE) == []


def test_the_rest_of_the_page_stays() -> None:
    page = with_links(PAGE, LINKS)
    assert page.index("## Enhancement") < page.index(f"## {HEADING}") < page.index("## All numbers")
    assert with_links(page, LINKS) == page
    assert with_links(with_links(page, LINKS[:1]), LINKS) == page
    assert with_links(page, []) == PAGE


def test_a_page_of_tables_only_gets_its_links_at_the_end() -> None:
    page = with_links("# Results\n\nText.\n", LINKS)
    assert page.startswith("# Results\n\nText.\n\n## ") and links_of(page) == LINKS
    assert with_links(page, []) == "# Results\n\nText.\n"
