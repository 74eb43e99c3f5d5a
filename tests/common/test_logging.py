"""Logs: one JSON object a line, with the ids that lead back, and without what must not be there."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest
import structlog
from django.test import Client

from shield.common.logging import REMOVED, without_personal_data
from shield.settings.env import BASE_DIR

PROGRAM = """
import logging, structlog, sys
from shield.common.logging import configure
configure({{"format": "{format}", "level": "{level}"}})
log = structlog.get_logger("shield.try")
with structlog.contextvars.bound_contextvars(request_id="r-1", run_id="run-1"):
    log.info("request_finished", request="GET /findings/?q=Jane+Doe", ip="203.0.113.9",
             user_agent="Mozilla", api_token="abc", code=200)
    logging.getLogger("library").warning("disk %s full", "nearly")
    try:
        secret_row = {{"name": "Jane Doe"}}
        1 / 0
    except ZeroDivisionError:
        log.exception("run_errored")
print("result")
"""


def _lines(format: str = "json", level: str = "INFO") -> tuple[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(format=format, level=level)],
        cwd=BASE_DIR, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout, done.stderr.splitlines()


@pytest.fixture(scope="module")
def entries():
    return [json.loads(line) for line in _lines()[1]]


def test_every_line_is_one_json_object(entries):
    assert [entry["event"] for entry in entries] == [
        "request_finished",
        "disk nearly full",
        "run_errored",
    ]


def test_lines_carry_the_ids_of_request_and_run_also_those_of_libraries(entries):
    assert {(entry["request_id"], entry["run_id"]) for entry in entries} == {("r-1", "run-1")}


def test_lines_carry_time_level_and_logger(entries):
    assert [entry["level"] for entry in entries] == ["info", "warning", "error"]
    assert entries[0]["logger"] == "shield.try"
    assert entries[0]["timestamp"].endswith("Z")


def test_a_traceback_is_one_field_without_local_variables(entries):
    assert "ZeroDivisionError" in entries[2]["exception"]
    assert "Jane Doe" not in entries[2]["exception"]


def test_nothing_personal_and_no_secret_is_written(entries):
    entry = entries[0]
    assert entry["request"] == "GET /findings/"
    assert entry["api_token"] == REMOVED
    assert not {"ip", "user_agent"} & entry.keys()


def test_standard_output_stays_free_for_results():
    assert _lines()[0] == "result\n"
    assert _lines("console")[0] == "result\n"


def test_a_person_gets_readable_lines():
    lines = _lines("console")[1]
    assert "request_finished" in lines[0]
    assert not lines[0].startswith("{")


def test_the_level_is_obeyed():
    assert [json.loads(line)["level"] for line in _lines(level="WARNING")[1]] == [
        "warning",
        "error",
    ]


@pytest.mark.parametrize("key", ["password", "API_KEY", "session_key", "Authorization"])
def test_what_looks_like_a_secret_is_blanked(key):
    assert without_personal_data(None, "info", {key: "abc"}) == {key: REMOVED}


def test_answers_carry_the_id_of_their_request():
    one, other = (Client().get("/healthz")["X-Request-ID"] for _ in range(2))
    assert len(one) == 36
    assert one != other


def test_an_upstream_cannot_choose_the_id():
    response = Client(headers={"X-Request-ID": "x" * 500}).get("/healthz")
    assert len(response["X-Request-ID"]) == 36


def test_a_request_leaves_no_id_behind():
    Client().get("/healthz")
    assert "request_id" not in structlog.contextvars.get_contextvars()
    assert logging.getLogger("django.request").level == logging.CRITICAL
