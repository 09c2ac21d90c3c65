"""Gives the package's long description the README, with absolute links.

The README's links are relative, so that they work in any checkout, fork or branch. A package index
shows the README on its own page, where only absolute links work. Everything else is declared in
pyproject.toml.
"""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent


def long_description(readme: str, address: str) -> str:
    """Returns the README with links to the repository's main branch.

    Args:
        readme: the text of README.md
        address: the repository's address, without a trailing slash
    """
    raw = address.replace("github.com", "raw.githubusercontent.com")

    def absolute(link: re.Match[str]) -> str:
        target = link["target"]
        if target.startswith(("http:", "https:", "#", "mailto:")):
            return link[0]
        base = f"{raw}/main" if link["image"] else f"{address}/blob/main"
        return f"{link['image']}[{link['text']}]({base}/{target})"

    return re.sub(r"(?P<image>!?)\[(?P<text>[^]]*)\]\((?P<target>[^)\s]+)\)", absolute, readme)


if __name__ == "__main__":
    source = re.search(r'^Source = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert source is not None
    setup(
        script_name="setup.py",  # which setuptools leaves out of the wheel
        long_description=long_description((ROOT / "README.md").read_text("utf-8"), source[1]),
        long_description_content_type="text/markdown",
    )
