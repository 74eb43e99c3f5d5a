"""Third-party checks: loaded by entry point, and never able to stop an assessment."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from assessments.core.check import REGISTRY
from assessments.core.plugins import GROUP, load_checks, load_package, load_plugins

GOOD = '''
from assessments.core.check import CheckResult, check
from assessments.core.subject import Need, Task

@check(id="plugin.example", title="Example", needs={Need.DECISIONS}, tasks={Task.BINARY})
def example(context, parameters):
    """An example."""
    return CheckResult()
'''


def entry(value: str) -> EntryPoint:
    return EntryPoint(name="acme", value=value, group=GROUP)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a module that can be imported; what it registers is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(REGISTRY, "_checks", dict(REGISTRY._checks))

    def write(name: str, source: str) -> EntryPoint:
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return entry(name)

    return write


def test_a_plugins_checks_are_registered(plugin) -> None:
    assert load_plugins([plugin("acme_good", GOOD)]) == ()
    assert REGISTRY.get("plugin.example").title == "Example"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import a_package_that_is_not_there", "ModuleNotFoundError"),
        ("def (", "SyntaxError"),
        (GOOD.replace('"""An example."""', "pass"), "needs a docstring"),
    ],
)
def test_a_broken_plugin_is_a_warning_that_names_it(plugin, source, said) -> None:
    (warning,) = load_plugins([plugin("acme_bad", source)])
    assert warning.code == "plugin.broken"
    assert "acme" in warning.message
    assert said in warning.message


def test_one_broken_plugin_does_not_keep_the_next_from_loading(plugin) -> None:
    broken, good = plugin("acme_bad", "1 / 0"), plugin("acme_good", GOOD)
    assert len(load_plugins([broken, good])) == 1
    assert "plugin.example" in REGISTRY.all()


def test_a_plugin_cannot_take_the_place_of_a_built_in_check(plugin) -> None:
    load_checks()
    taken = next(iter(REGISTRY.all()))
    (warning,) = load_plugins([plugin("acme_thief", GOOD.replace("plugin.example", taken))])
    assert f"check {taken} is registered twice" in warning.message


def test_every_module_of_a_package_is_imported(plugin, tmp_path: Path) -> None:
    package = tmp_path / "acme_pillar"
    (package / "deep").mkdir(parents=True)
    for folder in (package, package / "deep"):
        (folder / "__init__.py").touch()
    (package / "deep" / "one.py").write_text(GOOD)
    load_package("acme_pillar")
    assert "plugin.example" in REGISTRY.all()
