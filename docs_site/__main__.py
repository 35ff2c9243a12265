"""``python -m docs_site``: build the site in build/site; any doubtful link stops the build."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from docs_site.generated import REFERENCE_MARK, folder_list, listing, python_reference
from docs_site.markdown import AS_THEY_ARE, adapted, page_of
from docs_site.navigation import navigation
from docs_site.notebooks import as_page
from docs_site.sources import ROOT, sources

SETTINGS = ROOT / "docs_site" / "zensical.toml"
#: Files that pages load; they are in the folder of the settings.
ASSETS = [ROOT / "docs_site" / name for name in ("site.css", "iframe-worker.js")]


def write_pages(folder: Path) -> None:
    """Write all pages and files of the site into a folder, at their places in the repository."""
    for source in [*sources(), *ASSETS]:
        place = folder / source.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            text = adapted(source.read_text(encoding="utf-8"), source)
            place.write_text(text.replace(REFERENCE_MARK, python_reference()), encoding="utf-8")
        elif source.is_dir():
            if not (source / "README.md").exists():
                place.mkdir(exist_ok=True)
                (place / "README.md").write_text(folder_list(source), encoding="utf-8")
        elif source.suffix == ".ipynb":
            as_page(source, place.with_suffix(".md"))
            shutil.copyfile(source, place)
        elif source.suffix in AS_THEY_ARE | {".css", ".js"}:
            shutil.copyfile(source, place)
        else:
            (place.parent / page_of(source)).write_text(listing(source), encoding="utf-8")


def settings() -> str:
    """The settings with the navigation: text of JSON in the form that TOML shares with it."""
    navigation_text = _toml(navigation())
    text = SETTINGS.read_text(encoding="utf-8").replace("SOURCES", ROOT.as_posix())
    return text.replace("[project]\n", f"[project]\nnav = {navigation_text}\n", 1)


def _toml(value: object) -> str:
    """Lists, tables and text in TOML."""
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    if isinstance(value, dict):
        pairs = [f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()]
        return f"{{{', '.join(pairs)}}}"
    return json.dumps(value)


def build(folder: Path) -> Path:
    """Build the site anew in a folder.

    Args:
        folder: it is emptied first; "html" in it becomes the site.

    Returns:
        The folder of the site.

    Raises:
        subprocess.CalledProcessError: Zensical found a fault; it has printed it.
        FileNotFoundError: a link of a page leads nowhere.
    """
    shutil.rmtree(folder, ignore_errors=True)
    write_pages(folder / "pages")
    (folder / "zensical.toml").write_text(settings(), encoding="utf-8")
    return run_zensical(folder)


def run_zensical(folder: Path) -> Path:
    """Build what `write_pages` and `settings` wrote; each doubtful link is an error.

    Raises:
        subprocess.CalledProcessError: as for `build`.
    """
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "html"


if __name__ == "__main__":
    site = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site")
    sys.stdout.write(f"Site built: {site / 'index.html'}\n")
