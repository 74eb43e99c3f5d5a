"""The web process loads no machine learning: it starts fast and stays small."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT

LEARNING = (
    "torch", "sklearn", "pandas", "scipy", "xgboost", "lightgbm", "onnxruntime", "fairlearn",
    "opacus", "diffprivlib",
)  # fmt: skip

# About 160 MB without machine learning were measured (sign-in and its cryptography are a third of it)
# and 460 MB with it; between them there is room.
MEMORY_LIMIT_MB = 220

PROBE = r"""
import json, re, sys
import django
django.setup()
from django.urls import get_resolver
from django.core.handlers.wsgi import WSGIHandler
WSGIHandler()
routes = 0
stack = list(get_resolver().url_patterns)
while stack:
    pattern = stack.pop()
    stack.extend(getattr(pattern, "url_patterns", []))
    routes += 1
print(json.dumps({
    "modules": sorted({name.split(".")[0] for name in sys.modules}),
    "routes": routes,
    # Not ru_maxrss: that keeps the peak of the process that started this one.
    "memory_mb": int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024,
}))
"""


@pytest.fixture(scope="module")
def web_process() -> dict[str, object]:
    """What a process has loaded after starting Django and resolving every route."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shield.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_web_process_loads_no_machine_learning(web_process: dict[str, object]) -> None:
    assert web_process["routes"] > 20
    assert not set(LEARNING) & set(web_process["modules"])


def test_the_web_process_stays_small(web_process: dict[str, object]) -> None:
    assert web_process["memory_mb"] < MEMORY_LIMIT_MB


def test_management_commands_load_no_machine_learning_before_they_need_it() -> None:
    code = (
        "import sys, django; django.setup()\n"
        "from django.core.management import get_commands, load_command_class\n"
        "for name, app in get_commands().items():\n"
        "    if app == 'shield': load_command_class(app, name)\n"
        f"print(sorted(set({LEARNING!r}) & set(sys.modules)))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shield.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
