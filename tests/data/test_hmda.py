"""US mortgages (HMDA): 21.7 % of Black and 9.2 % of white borrowers pay a high price."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from tests.support.assessing import Assessed, assess, manifest

pytestmark = [pytest.mark.shared, pytest.mark.django_db(transaction=True)]

RACES = ("black", "asian", "white", "amind", "hipac")

# (pays an ordinary price, borrowers), counted in the file.
ORDINARY = {"black": (8501, 10852), "white": (104514, 115131), "asian": (10319, 10841)}


@pytest.fixture
def done(tmp_path: Path, shared_tabular: Path) -> Assessed:
    """160,338 loans; the one-hot columns of race become one, with missing as a group of its own."""
    with (
        zipfile.ZipFile(shared_tabular / "hmda_train_preprocessed.zip") as archive,
        archive.open("hmda_train_preprocessed.csv") as raw,
        (tmp_path / "test.csv").open("w", newline="") as target,
    ):
        writer = csv.writer(target)
        writer.writerow(["race", "high_priced"])
        for loan in csv.DictReader(io.TextIOWrapper(raw, "utf-8")):
            race = next((name for name in RACES if loan[name] == "1.0"), "")
            writer.writerow([race, loan["high_priced"]])
    data = {
        "test": {"path": "test.csv"},
        "favourable": 0,
        "prediction": "high_priced",
        "sensitive": ["race"],
        "groups": {"race": {"reference": "white"}},
    }
    return assess(manifest(tmp_path, service="mortgage-price", data=data))


def test_the_gap_between_black_and_white_borrowers_is_found(done: Assessed) -> None:
    assert done.exit == 1, done.errors
    for race, (ordinary, borrowers) in ORDINARY.items():
        rate = done.measurement("fairness.selection_rate", race=race)
        assert (rate["n"], rate["value"]) == (borrowers, pytest.approx(ordinary / borrowers)), race
    gap = done.measurement("fairness.demographic_parity_difference", race="black")
    assert gap["reference"] == {"race": "white"}
    assert gap["value"] == pytest.approx(8501 / 10852 - 104514 / 115131)
    assert gap["interval"][1] < -0.10
    assert gap["outcome"] == "fail"


def test_borrowers_without_a_race_are_a_group_of_their_own(done: Assessed) -> None:
    assert done.document is not None
    sizes = [
        m["n"]
        for m in done.document["measurements"]
        if m["check"] == "fairness.selection_rate" and m["slice"].get("race", "*") != "*"
    ]
    assert 22_548 in sizes
    assert sum(sizes) == 160_338


def test_a_zip_archive_is_refused_as_a_table_with_what_to_do(
    tmp_path: Path, shared_tabular: Path
) -> None:
    name = "hmda_train_preprocessed.zip"
    (tmp_path / name).write_bytes((shared_tabular / name).read_bytes())
    data = {
        "test": {"path": name},
        "favourable": 0,
        "prediction": "high_priced",
        "sensitive": ["black"],
    }
    done = assess(manifest(tmp_path, data=data))
    assert done.exit == 3
    assert "csv" in done.errors.lower()
