"""The bundle that JupyterLab loads was made from the sources beside it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "extensions/labextension"
BUNDLE = ROOT / "extensions/dalil/labextension"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bundle", SOURCES / "bundle.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bundle_says_that_it_was_made_from_these_sources(maker: ModuleType) -> None:
    said = (BUNDLE / maker.STAMP).read_text(encoding="ascii").strip()
    assert said == maker.digest(), "the sources have changed: run `make labextension`"


def test_any_change_of_the_sources_shows(maker: ModuleType, tmp_path: Path) -> None:
    for path in maker.sources():
        copy = tmp_path / path.relative_to(SOURCES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    assert maker.digest(tmp_path) == maker.digest()
    (tmp_path / "src/index.ts").rename(tmp_path / "src/index2.ts")
    assert maker.digest(tmp_path) != maker.digest()


def test_the_set_up_put_this_bundle_where_jupyterlab_looks(maker: ModuleType) -> None:
    installed = Path(sys.prefix, "share/jupyter/labextensions/@dalil/labextension")
    assert (installed / "package.json").read_bytes() == (BUNDLE / "package.json").read_bytes()
    loaded = json.loads((installed / "package.json").read_text("utf-8"))["jupyterlab"]["_build"]
    assert (installed / loaded["load"]).read_bytes() == (BUNDLE / loaded["load"]).read_bytes()
    assert (installed / maker.STAMP).read_bytes() == (BUNDLE / maker.STAMP).read_bytes()


def test_the_pins_name_no_address() -> None:
    for name in ("yarn.lock", ".yarnrc.yml"):
        text = (SOURCES / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|^\s*resolved ", text, re.M), name


def test_the_same_sources_make_the_same_bundle(maker: ModuleType) -> None:
    if not (SOURCES / "node_modules/@jupyter/builder").is_dir():
        pytest.skip("NOT TESTED: the bundle was not made again; `make labextension` fetches npm's")
    # Links on the same disk: a copy of node_modules of its own for a moment. A link in its place
    # would give modules other names in the bundle.
    with tempfile.TemporaryDirectory(dir=ROOT / ".cache") as folder:
        copy = Path(folder, "extensions/labextension")
        shutil.copytree(
            SOURCES,
            copy,
            symlinks=True,
            copy_function=os.link,
            ignore=lambda folder, names: ["lib"] if Path(folder) == SOURCES else [],
        )
        made = maker.build(copy)
        assert contents(made) == contents(BUNDLE)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
