"""Everything on the screens is said in Portuguese too."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest

import tropeiro.web

WEB = Path(tropeiro.web.__file__).parent
FOLDER = WEB / "locale" / "pt_BR" / "LC_MESSAGES"
_NAMES = {"_", "gettext", "gettext_lazy", "ngettext"}
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


def _in_code() -> set[str]:
    found = set()
    for path in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NAMES:
                count = 2 if node.func.id == "ngettext" else 1
                for argument in node.args[:count]:
                    assert isinstance(argument, ast.Constant), f"{path}:{node.lineno}"
                    found.add(str(argument.value))
    return found


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


def test_every_text_of_the_screens_is_in_the_catalogue_and_nothing_else_is() -> None:
    assert set(_catalogue()) - {""} == _in_templates() | _in_code()


def test_every_text_is_translated_and_keeps_its_placeholders() -> None:
    for text, translated in _catalogue().items():
        assert all(translated), text
        for one in translated if text else ():
            assert sorted(re.findall(r"%\(\w+\)s", one)) == sorted(re.findall(r"%\(\w+\)s", text)), text


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
