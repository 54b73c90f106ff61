"""The checkout is tidy: a fixed top level, no machine's paths, no huge files."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]

FOLDERS = {"courses", "exercises", "graders", "extensions", "tests", "docs", ".ci"}
CONFIGURATION = {"jupyter_config.py", "environment.yml", "pyproject.toml", "requirements.lock"}
OTHER_FILES = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile", ".gitignore"}
TOP_LEVEL = FOLDERS | CONFIGURATION | OTHER_FILES
ALLOWED_TOP_LEVEL = {".gitattributes"}
LARGEST_FILE = 1 << 20  # bytes
LONGEST_MODULE = 600  # lines

# A person's or a machine's folder, at the start of a path (not the middle of a URL or of a longer
# path). The character classes keep this line from matching itself.
MACHINE_PATH = re.compile(
    rb"(?:(?<![\w./}\])-])|file://)/(?:[r]oot|[w]ork|[U]sers/\w+|[h]ome/\w+)/\w"
)
EXAMPLES_OF_PATHS = {  # tests that such paths are found
    "tests/dalil/notebooks/test_tidy.py",
    "tests/dalil/contract/test_mutations_cells.py",
}


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    listing = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_top_level_is_exactly_this(tracked: list[str]) -> None:
    found = {name.split("/", 1)[0] for name in tracked} - ALLOWED_TOP_LEVEL
    assert sorted(found) == sorted(TOP_LEVEL)


def test_no_file_names_a_machine_path(tracked: list[str]) -> None:
    bad = []
    for name in set(tracked) - EXAMPLES_OF_PATHS:
        content = (ROOT / name).read_bytes()
        bad += [f"{name}: {hit.group().decode()}" for hit in MACHINE_PATH.finditer(content)]
        if len(ROOT.parts) > 2 and str(ROOT).encode() in content:
            bad.append(f"{name}: {ROOT}")
    assert bad == []


@pytest.mark.parametrize(
    ("text", "is_path"),
    [
        (b'open("/%s/x.txt")' % b"root", True),
        (b"see /%s/main" % b"work", True),
        (b"cd /%s/amal/dalil" % b"home", True),
        (b"file:///%s/amal/dalil" % b"Users", True),
        (b"PATH=/usr/bin:/%s/amal/bin" % b"home", True),
        (b"https://example.org/%s/page" % b"work", False),
        (b"/home and /root alone", False),
        (b"exercises/homework/root/", False),
    ],
)
def test_what_counts_as_a_machine_path(text: bytes, is_path: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) is is_path


def test_no_file_is_huge(tracked: list[str]) -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in tracked}
    assert {name: size for name, size in sizes.items() if size > LARGEST_FILE} == {}


def test_no_module_is_long(tracked: list[str]) -> None:
    modules = [name for name in tracked if name.endswith(".py")]
    lengths = {name: len((ROOT / name).read_bytes().splitlines()) for name in modules}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_only_bootstrap_names_a_package_index(tracked: list[str]) -> None:
    bootstrap = "extensions/bootstrap.py"
    default = re.search(r'PUBLIC_INDEX = "([^"]+)"', (ROOT / bootstrap).read_text("utf-8"))
    assert default
    host = str(urlsplit(default[1]).hostname).encode()
    assert [name for name in tracked if host in (ROOT / name).read_bytes()] == [bootstrap]
