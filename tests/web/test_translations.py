"""Everything on the screens, and what the kernel and the built-in services say there, is said in Portuguese too."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tropeiro.kernel
import tropeiro.web
from tropeiro.web.screens.management.commands.makemessages import house_texts

WEB = Path(tropeiro.web.__file__).parent
KERNEL = Path(tropeiro.kernel.__file__).parent
FOLDER = WEB / "locale" / "pt_BR" / "LC_MESSAGES"
_NAMES = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2}
"""How many of their first arguments are texts."""
_KERNEL_NAMES = {"says": 1, "phrase": 1, "says_many": 2, "phrases": 2}
_PLACE = re.compile(r"%\(\w+\)s|(?<!\{)\{[a-z_0-9]+\}")
_TAG = re.compile(r"""\{%-?\s*translate\s+(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
_BLOCK = re.compile(r"\{%\s*blocktranslate\b([^%]*)%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)

_PLURAL = re.compile(r"\{%\s*plural\s*%\}")


def _in_templates() -> set[str]:
    found: set[str] = set()
    for path in (*WEB.rglob("*.html"), *(WEB / "screens" / "templates").rglob("*.txt")):
        text = path.read_text()
        found.update(double or single for double, single in _TAG.findall(text))
        for options, body in _BLOCK.findall(text):
            assert "trimmed" in options, path
            for number in _PLURAL.split(body):
                said = " ".join(line.strip() for line in number.strip().splitlines())
                found.add(re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", said))
    return found


def _calls(folder: Path, names: dict[str, int]) -> Iterator[tuple[str, list[ast.expr]]]:
    """Where each of these functions is called, and what stands where it takes a text."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path}:{node.lineno}", node.args[: names[node.func.id]]


def _in_code() -> set[str]:
    found = set()
    for place, texts in _calls(WEB, _NAMES):
        for text in texts:
            assert isinstance(text, ast.Constant), place
            found.add(str(text.value))
    return found


def _in_kernel() -> set[str]:
    """What it says is given in words, or was marked as a phrase before."""
    said = [text for _, texts in _calls(KERNEL, _KERNEL_NAMES) for text in texts]
    return {str(text.value) for text in said if isinstance(text, ast.Constant)}


def _catalogue() -> dict[str, list[str]]:
    """Texts and their translations as the readable file has them."""
    entries: dict[str, list[str]] = {}
    for block in (FOLDER / "django.po").read_text().split("\n\n"):
        assert "fuzzy" not in block, block
        assert "#~" not in block, block
        parts: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if match := re.match(r'(msgid|msgid_plural|msgstr(?:\[\d\])?) (".*")$', line):
                key, parts[match[1]] = match[1], ast.literal_eval(match[2])
            elif line.startswith('"'):
                parts[key] += ast.literal_eval(line)
        translated = [text for name, text in parts.items() if name.startswith("msgstr")]
        entries[parts["msgid"]] = translated
        if "msgid_plural" in parts:
            entries[parts["msgid_plural"]] = translated
    return entries


def test_every_text_of_screens_kernel_and_built_in_services_is_in_the_catalogue_and_nothing_else_is() -> None:
    assert set(_catalogue()) - {""} == _in_templates() | _in_code() | _in_kernel() | house_texts()


def test_every_text_is_translated_and_keeps_its_placeholders() -> None:
    for text, translated in _catalogue().items():
        assert all(translated), text
        for one in translated if text else ():
            assert sorted(set(_PLACE.findall(one))) == sorted(set(_PLACE.findall(text))), text


def test_the_compiled_catalogue_says_what_the_readable_one_says() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for text, translated in _catalogue().items():
        if len(translated) == 1 and text:
            assert compiled.gettext(text) == translated[0], "run: django-admin compilemessages"


@pytest.mark.parametrize("path", sorted(WEB.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_shows_a_word_that_is_not_translated(path: Path) -> None:
    text = path.read_text()
    for taken_out in (r"\{%\s*comment\s*%\}.*?\{%\s*endcomment\s*%\}",
                      r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", r"\{%.*?%\}", r"\{\{.*?\}\}",
                      r"<code>.*?</code>", r"<svg\b.*?</svg>", r"<[^>]*>"):  # fmt: skip
        text = re.sub(taken_out, " ", text, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-z]{3,}", text)) - {"Tropeiro", "Ctrl", "CSV"}
    assert words == set()
