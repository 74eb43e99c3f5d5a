"""A forked process forgets the parent's database connections, and both keep working."""

from __future__ import annotations

import os

import pytest
from django.db import connection


def backend() -> int:
    """The server process behind the present connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_parent_and_forked_child_use_connections_of_their_own() -> None:
    before = backend()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # the child must never return into pytest
        answer = b"failed"
        try:
            answer = str(backend()).encode()
        finally:
            os.write(write, answer)
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        theirs = pipe.read()
    os.waitpid(child, 0)
    assert theirs.isdigit()
    assert int(theirs) != before
    assert backend() == before
