"""A signed-in browser without a browser, and a world to look at."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.support.pages import World, world
from tests.support.signing_in import sign_in


@pytest.fixture
def scene(db: None) -> World:
    return world()


@pytest.fixture
def signed_in(client: Client, scene: World) -> Client:
    """The test client, signed in as the engineer of the scene."""
    sign_in(client, scene.user)
    return client
