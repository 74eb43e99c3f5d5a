from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from shield.evidence.outcome import Outcome
from shield.findings.services import findings_update
from shield.reports import html
from shield.reports.definitions import DEFINITIONS, Definition, Definitions
from shield.reports.report import MOST_ROWS
from shield.reports.sections import SECTIONS, Section, Sections
from tests import factories
from tests import sample_measurements as sample


@pytest.fixture
def text(run):
    return html.render(run)


class _Outside(HTMLParser):
    """Collects every address that a browser would fetch, and everything that could run."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.active: list[str] = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in {"src", "href", "srcset", "action", "data"} and not value.startswith("#"):
                self.addresses.append(value)
            if name == "style" or name.startswith("on"):
                self.active.append(name)
        if tag in {"script", "iframe", "object", "embed", "link"}:
            self.active.append(tag)


def test_it_stands_alone(text):
    seen = _Outside()
    seen.feed(text)
    assert seen.addresses == []
    assert seen.active == []
    assert "url(" not in text
    assert "@import" not in text


def test_its_own_policy_lets_nothing_in_but_its_style(text):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text).group(1)
    assert policy.replace("&#x27;", "'") == html.content_security_policy()
    assert policy.startswith("default-src &#x27;none&#x27;; style-src &#x27;sha256-")


def test_outcome_gate_and_coverage_stand_side_by_side(text):
    tiles = re.search(r'<div class="tiles">(.*?)\n</div>', text, flags=re.DOTALL).group(1)
    names = re.findall(r'tile-name">([^<]+)', tiles)
    assert names == ["Outcome", "Gate", "Coverage"]
    assert "4 / 5" in tiles
    assert "Fail" in tiles


def test_every_number_has_its_interval_n_reference_and_outcome(text):
    row = re.search(r"<tr>\s*<th scope=\"row\">race = black</th>(.*?)</tr>", text, re.DOTALL)
    cells = re.sub(r"<[^>]+>", " ", row.group(1))
    assert re.findall(r"\S+", cells)[:6] == ["-0.226", "-0.302", "to", "-0.150", "197", "all"]
    assert "Fail" in cells


def test_every_failure_is_told_in_a_plain_sentence(text):
    assert "<li>The approval rate of race = black minus that of all other rows is -0.226." in text


def test_a_check_without_failures_tells_what_one_would_ask_first(text):
    part = text.split('id="check-fairness-selection_rate_ratio"')[1].split("</article>")[0]
    (sentence,) = re.findall(r"<li>(.*?)</li>", part)
    assert sentence.startswith("Approvals of race = black divided by")
    assert "Inconclusive" in sentence


def test_groups_without_a_value_are_named_with_their_reason(db):
    ratio = sample.loan_measurements()[3]
    lost = replace(ratio, value=None, interval=None, slice={"race": "other"},
                   outcome=Outcome.INCONCLUSIVE, reason="it has no rows")  # fmt: skip
    text = html.render(factories.run(None, [ratio, lost]))
    part = text.split("Groups without a value")[1].split("</ul>")[0]
    assert "1 group:" in part
    assert "it has no rows" in part


def test_what_is_inconclusive_says_which_n_would_decide(text):
    part = text.split('<section id="undecided">')[1].split("</section>")[0]
    black = next(item for item in sample.loan_measurements() if item.check == sample.RATIO)
    assert black.outcome is Outcome.INCONCLUSIVE
    expected = rf"race = black.*?at least 0.800.*?{black.n_to_decide:,}<"
    assert re.search(expected, part, re.DOTALL)
    assert "the data has no column with the true outcome" in part


def test_findings_carry_severity_as_sign_and_word_and_a_due_date(text, run):
    part = text.split('<section id="findings">')[1].split("</section>")[0]
    assert part.count('class="badge severity-high"') == 4
    assert "FND-" in part
    assert "<svg" in part


def test_findings_stand_beside_the_numbers_that_they_stand_for(text):
    part = text.split('<section id="findings">')[1].split("</section>")[0]
    words = " ".join(re.sub(r"<[^>]+>", " ", part).split())
    assert "-0.226 -0.302 to -0.150 , n 197; required between -0.100 and 0.100" in words
    assert 'href="#check-fairness-demographic_parity_difference"' in part


def test_checks_that_were_not_measured_stand_together_under_their_reason(run):
    reason = "the data has no column with the true outcome"
    run.checks.update(outcome=Outcome.SKIPPED, reason=reason)
    part = html.render(run).split("Checks that were not measured")[1].split("</table>")[0]
    assert part.count(reason) == 1
    assert all(each.title in part for each in run.checks.all())


def test_the_summary_says_on_how_many_rows_and_by_which_policy(text, run):
    part = text.split('<section id="summary">')[1].split("</section>")[0]
    for dataset in run.datasets.all():
        assert f"{dataset.role} data, {dataset.rows:,} rows" in part
    assert run.policy["name"] in part


def test_all_five_severities_are_counted_in_their_order(text):
    part = text.split('<section id="summary">')[1].split("</section>")[0]
    words = re.findall(r"severity-(\w+)", part)
    assert words == ["critical", "high", "medium", "low", "info"]


def test_digests_and_seed_are_there(text, run):
    part = text.split('<section id="reproducibility">')[1]
    assert run.version.artefact_sha256 in part
    assert run.policy_sha256 in part


def test_labels_from_data_are_escaped(db):
    items = [replace(sample.loan_measurements()[3], slice={"race": "<img src=x onerror=alert(1)>"})]
    text = html.render(factories.run(None, items))
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_a_run_without_failures_has_no_findings_and_says_so(db):
    items = [factories.passing(sample.loan_measurements()[3])]
    text = html.render(factories.run(None, items))
    assert "No measurement of this run failed." in text
    assert 'id="undecided"' not in text


def test_findings_that_the_run_resolved_are_named(run):
    failed = [item for item in sample.loan_measurements() if item.outcome == "fail"]
    again = factories.run(run.version, [factories.passing(item) for item in failed])
    findings_update(run=again)
    assert "Resolved by this run" in html.render(again)


def test_a_very_long_table_is_cut_and_the_rest_is_counted(db):
    one = sample.loan_measurements()[5]
    items = [replace(one, slice={"branch": str(number)}) for number in range(200)]
    text = html.render(factories.run(None, items))
    assert f"… and {200 - MOST_ROWS} more groups" in text
    assert len(text) < 300_000


def test_checks_are_explained_in_their_own_words(run, monkeypatch):
    known = Definitions()
    known.provide(lambda: [Definition(sample.RATIO, "1", "Ratio", "In short.\n\nIn full.")])
    monkeypatch.setattr("shield.reports.report.DEFINITIONS", known)
    text = html.render(run)
    assert "<p>In short.</p>" in text
    assert "<p>In full.</p>" in text


def test_the_same_run_gives_the_same_bytes(run):
    assert html.render(run) == html.render(run)


def test_queries_do_not_grow_with_the_measurements(db, django_assert_max_num_queries):
    fail = sample.loan_measurements()[6]
    run = factories.run(None, [replace(fail, slice={"branch": str(n)}) for n in range(80)])
    findings_update(run=run)
    with django_assert_max_num_queries(12):
        html.render(run)


def test_sections_come_in_order_and_link_from_the_contents(text):
    links = re.findall(r'<li><a href="#(\w+)">', text)
    assert links == re.findall(r'<section id="(\w+)">', text)
    assert links[:3] == ["summary", "findings", "verdicts"]


def test_another_room_can_add_a_section(run):
    class Extra(Section):
        identifier = "extra"
        title = "Extra"

        def render(self, report):
            return report.title

    sections = Sections()
    sections.add(Extra)
    from shield.reports.report import Report

    assert [body for _, body in sections.of(Report.of(run))] == ["Mortgage approval 2026.11"]
    with pytest.raises(ValueError, match="twice"):
        sections.add(Extra)
    assert SECTIONS is not sections
    assert DEFINITIONS is not None
