"""MkDocs calls these while it builds the site: generated parts come into their pages, files of the checkout along.

A page says where by a comment of its own on a line: `<!-- messages -->`, `<!-- commands -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from scripts.site import command_line, troubleshooting

ROOT = Path(__file__).resolve().parent.parent.parent
GENERATED: dict[str, Callable[[], str]] = {"messages": troubleshooting.page, "commands": command_line.page}
# Files of the checkout that pages link to, and their names on the site: a page there has no way out of `docs/`.
ALONG = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "farms/flamenco/blobgan_render.js": "files/blobgan_render.js",
}


def on_files(files: Files, config: Any) -> Files:
    """Let the site have the files of `ALONG`."""
    for source, name in ALONG.items():
        content = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Fill in what is generated, and turn links out of `docs/` into links to what came along."""
    for name, make in GENERATED.items():
        if f"<!-- {name} -->" in markdown:
            markdown = markdown.replace(f"<!-- {name} -->", make())
    up = "../" * page.file.src_uri.count("/")
    for source, name in ALONG.items():
        markdown = re.sub(rf"\]\((\.\./)+{re.escape(source)}", f"]({up}{name}", markdown)
    return markdown
