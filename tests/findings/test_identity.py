from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shield.findings.identity import fingerprint
from shield.findings.wording import finding_title, slice_text

_NAMES = st.text(min_size=1, max_size=8)


def _identity(**changes: object) -> str:
    facts: dict = {
        "service": "mortgage-approval",
        "check": "fairness.selection_rate_ratio",
        "version": "1.4",
        "slice": {"race": "black", "sex": "female"},
    }
    return fingerprint(**(facts | changes))


def test_identity_is_a_sha256():
    assert len(bytes.fromhex(_identity())) == 32


def test_order_of_the_slice_does_not_matter():
    assert _identity() == _identity(slice={"sex": "female", "race": "black"})


def test_minor_version_of_the_check_does_not_matter():
    assert _identity() == _identity(version="1.0") == _identity(version="1")


def test_every_part_of_the_identity_matters():
    others = [
        _identity(service="other"),
        _identity(check="fairness.auc_gap"),
        _identity(version="2.0"),
        _identity(slice={"race": "black"}),
    ]
    assert len({_identity(), *others}) == 5


@given(st.dictionaries(_NAMES, _NAMES), st.dictionaries(_NAMES, _NAMES))
def test_two_slices_share_an_identity_only_when_they_are_equal(one, other):
    assert (_identity(slice=one) == _identity(slice=other)) == (one == other)


def test_identity_is_the_published_one():
    # A change of this value would orphan every finding in every installation.
    assert _identity() == "132c8732391f93f3a75e673ee7238b40dbbf59772d64584cb49a593edf4bdee3"


def test_slices_read_as_words():
    assert slice_text({}) == "everybody"
    assert slice_text({"race": "*"}) == "all groups of race"
    assert slice_text({"race": "*", "sex": "*"}) == "all groups of race × sex"
    assert slice_text({"race": "black", "guidelines": "*"}) == (
        "race = black across all groups of guidelines"
    )
    assert slice_text({"sex": "female", "race": "black"}) == "race = black and sex = female"
    assert slice_text({"race": "black", "sex": "female"}) == "race = black and sex = female"


def test_title_fits_its_column_whatever_the_labels():
    assert len(finding_title("t" * 200, {"race": "x" * 500})) <= 300
    assert len(finding_title("t" * 300, {"race": "black"})) <= 300
