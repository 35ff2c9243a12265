"""The README of each package names its modules: all of them, and no other."""

from pathlib import Path

import pytest

from tests.documentation.pages import ROOT, SOURCE, links, named_files

READMES = sorted(SOURCE.rglob("README.md"))


def modules_of(readme: Path) -> set[Path]:
    """Modules that a README is about: those below it that have no README nearer to them."""
    nearer = [other.parent for other in READMES if readme.parent in other.parent.parents]
    return {
        module
        for module in readme.parent.rglob("*.py")
        if module.name != "__init__.py" and not set(module.parents) & set(nearer)
    }


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_package_with_modules_has_a_readme() -> None:
    packages = [path.parent for path in SOURCE.glob("*/__init__.py")]
    bare = [package for package in packages if not (package / "README.md").exists()]
    assert [name_of(package) for package in bare if len(list(package.rglob("*.py"))) > 1] == []
    assert {"engine", "service"} <= {readme.parent.name for readme in READMES}


@pytest.mark.parametrize("readme", READMES, ids=name_of)
def test_each_module_is_named(readme: Path) -> None:
    missing = modules_of(readme) - named_files(readme)
    assert sorted(map(name_of, missing)) == []


@pytest.mark.parametrize("readme", READMES, ids=name_of)
def test_each_file_named_exists(readme: Path) -> None:
    assert sorted(str(path) for path in named_files(readme) if not path.exists()) == []


@pytest.mark.parametrize("readme", READMES, ids=name_of)
def test_each_link_leads_somewhere(readme: Path) -> None:
    assert sorted(str(path) for path in links(readme) if not path.exists()) == []


def test_a_module_belongs_to_the_nearest_readme() -> None:
    engine, offsetting = (SOURCE / "engine" / part / "README.md" for part in ("", "offsetting"))
    run = SOURCE / "engine" / "offsetting" / "run.py"
    assert run in modules_of(offsetting)
    assert run not in modules_of(engine)
    assert SOURCE / "engine" / "engine.py" in modules_of(engine)
