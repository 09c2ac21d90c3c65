"""Adds the generated pages to the site of ``docs/``; mkdocs calls the functions named ``on_...``.

The home page is README.md. The references of the Python API, of the command line and of the
operators come from the code, so they are nowhere written twice.
"""

from __future__ import annotations

import argparse
import inspect
import os
import posixpath
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.plugins import event_priority

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "fiftyone_action100m"
#: Files outside docs/ that are pages of the site.
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
}
#: The sections of the Python reference, each with the modules whose public names it describes.
SECTIONS = {
    "Convert": ("converters", "acquire"),
    "Build": ("treemaking",),
    "Export": ("exporters",),
    "Records and trees": ("core",),
    "Views": ("views",),
}
_folder = tempfile.TemporaryDirectory(prefix="action100m-docs-")


@event_priority(100)  # before mkdocstrings reads its configuration
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Gives mkdocstrings the package without what else lies in its folder, the repository."""
    copy = Path(_folder.name) / PACKAGE
    for path in [ROOT / "__init__.py", *(f.parent for f in ROOT.glob("*/__init__.py"))]:
        if path.is_dir():
            shutil.copytree(path, copy / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            copy.mkdir()
            shutil.copy(path, copy)
    config.plugins["mkdocstrings"].config.handlers["python"]["paths"] = [_folder.name]
    return config


def on_shutdown() -> None:
    """Removes the copy."""
    _folder.cleanup()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages."""
    from mkdocs.structure.files import File

    for source, page in PAGES.items():
        text = _from_docs((ROOT / source).read_text("utf-8"), source)
        files.append(File.generated(config, page, content=text))
    for page, text in {
        "reference/python.md": python_reference(),
        "reference/command-line.md": command_line_reference(),
        "reference/operators.md": operator_reference(),
    }.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Points links that leave the site to the repository, and those to moved pages to the page."""

    def moved(link: re.Match[str]) -> str:
        target, _, anchor = link[1].partition("#")
        if not target or target.startswith(("http:", "https:", "mailto:")):
            return link[0]
        path = posixpath.normpath(posixpath.join("docs", page.file.src_uri, "..", target))
        if path in PAGES:
            up = "../" * page.file.src_uri.count("/")
            return f"]({up}{PAGES[path]}{'#' * bool(anchor)}{anchor})"
        if path.startswith("docs/") and not path.endswith((".py", ".ipynb")):
            return link[0]
        return f"]({config.repo_url}/blob/main/{path})"

    return re.sub(r"\]\(([^)\s]+)\)", moved, markdown)


def _from_docs(text: str, source: str) -> str:
    """Returns a page from elsewhere with its links as they are from inside docs/."""

    def relative(link: re.Match[str]) -> str:
        target = link[1]
        if target.startswith(("http:", "https:", "#", "mailto:")):
            return link[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        return f"]({posixpath.relpath(path, 'docs')})"

    return re.sub(r"\]\(([^)\s]+)\)", relative, text)


def python_reference() -> str:
    """Returns the page of all public names; mkdocstrings fills in what their docstrings say."""
    package = import_module(PACKAGE)
    public = {f"{getattr(package, name).__module__}.{name}" for name in package.__all__}
    parts = ["# Python\n\nEverything here is imported from `fiftyone_action100m`.\n"]
    for title, modules in SECTIONS.items():
        names = sorted(name for name in public if name.split(".")[1] in modules)
        parts += [f"## {title}\n", *(f"::: {name}\n" for name in names)]
    return "\n".join(parts)


def command_line_reference() -> str:
    """Returns the page with every command's own ``--help``."""
    os.environ["COLUMNS"] = "90"  # as wide on every machine
    parser = import_module(f"{PACKAGE}.cli").build_parser()
    parts = ["# Command line\n\nThis is what `--help` prints.\n", _help("action100m", parser)]
    for name, command in _commands(parser):
        parts.append(_help(f"action100m {name}", command))
    return "\n".join(parts)


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _help(title: str, parser: argparse.ArgumentParser) -> str:
    return f"## `{title}`\n\n```text\n{parser.format_help()}```\n"


def operator_reference() -> str:
    """Returns the page of the registered operators and panels."""
    operators = import_module(f"{PACKAGE}.operators").OPERATORS
    panels = import_module(f"{PACKAGE}.panels").PANELS
    parts = [
        "# Operators and panels\n",
        "The guide explains [what each of them does](../navigate.md#the-operators). From Python, "
        "`ctx.trigger(URI, params)` runs an operator.\n",
    ]
    for title, classes in (("Operators", operators), ("Panels", panels)):
        parts += [f"## {title}\n", "| label | URI | |", "| --- | --- | --- |"]
        for cls in classes:
            config = cls().config
            summary = (inspect.getdoc(cls) or "").partition("\n\n")[0].replace("\n", " ")
            parts.append(f"| {config.label} | `@action100m/explorer/{config.name}` | {summary} |")
        parts.append("")
    return "\n".join(parts)
