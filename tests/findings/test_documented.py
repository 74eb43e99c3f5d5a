"""The table in docs/findings.md has every state, and every move that leads from one to another."""

from __future__ import annotations

import pytest

from shield.findings.choices import FindingState as State
from shield.findings.transitions import TABLE, Move
from tests.architecture.sources import ROOT


def written(state: State) -> str:
    """The state as the document says it."""
    return state.value.replace("_", " ")


def rows() -> dict[str, str]:
    """State → its row of the table."""
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    table = text.partition("| state |")[2].partition("\n\n")[0].splitlines()[2:]
    return {line.split("|")[1].strip(): line for line in table}


def test_the_documents_table_has_every_state() -> None:
    assert sorted(rows()) == sorted(written(state) for state in State)


@pytest.mark.parametrize("move", Move)
def test_the_documents_table_says_where_a_move_leads(move: Move) -> None:
    for source, target in TABLE[move].states.items():
        if source != target:
            assert f"→ {written(target)}" in rows()[written(source)], source
