"""The set-up's parts, without a network."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import io
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "extensions" / "bootstrap.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dalil_bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bootstrap = load()


@pytest.fixture
def place(tmp_path: Path) -> object:
    """A checkout whose environment is ready."""
    root = tmp_path / "دليل الأكاديمية"
    (root / "extensions" / "etc" / "jupyter").mkdir(parents=True)
    (root / ".cache").mkdir()
    (root / ".venv" / "bin").mkdir(parents=True)
    for name in ("requirements.lock", "pyproject.toml", "extensions/bootstrap.py"):
        (root / name).write_text(name, encoding="utf-8")
    (root / "extensions/etc/jupyter/voila.py").write_text("", encoding="utf-8")
    (root / ".venv/pyvenv.cfg").write_text("home = /x\nversion_info = 3.12.1\n", encoding="utf-8")
    (root / ".venv/bin/python").symlink_to(sys.executable)
    place = bootstrap.Place(root)
    bootstrap.write_stamp(place)
    return place


# --- the stamp ----------------------------------------------------------------------------------


def test_stamp_makes_it_ready(place) -> None:
    assert bootstrap.state(place) == "ready"


@pytest.mark.parametrize(
    "name",
    [
        "requirements.lock",
        "pyproject.toml",
        "extensions/bootstrap.py",
        "extensions/etc/jupyter/voila.py",
        "extensions/etc/jupyter/new.py",
    ],
)
def test_changed_input_is_stale(place, name: str) -> None:
    (place.root / name).write_text("changed", encoding="utf-8")
    assert bootstrap.state(place) == "stale"


def test_other_files_do_not_matter(place) -> None:
    (place.root / "README.md").write_text("changed", encoding="utf-8")
    assert bootstrap.state(place) == "ready"


def test_digest_tells_names_from_contents(place) -> None:
    before = bootstrap.digest_of_inputs(place.root)
    (place.root / "extensions/etc/jupyter/voila.py").rename(
        place.root / "extensions/etc/jupyter/other.py"
    )
    assert bootstrap.digest_of_inputs(place.root) != before


@pytest.mark.parametrize("garbage", ["", "{", "[]", "{}", '"ready"', "\x00"])
def test_interrupted_or_garbled_starts_afresh(place, garbage: str) -> None:
    place.stamp.write_text(garbage, encoding="utf-8")
    assert bootstrap.state(place) == "absent"
    place.stamp.unlink()
    assert bootstrap.state(place) == "absent"


def test_python_gone_starts_afresh(place) -> None:
    place.python.unlink()
    place.python.symlink_to("/nonexistent/python3")
    assert bootstrap.state(place) == "absent"


def test_other_python_starts_afresh(place) -> None:
    (place.venv / "pyvenv.cfg").write_text("version_info = 3.13.0\n", encoding="utf-8")
    assert bootstrap.state(place) == "absent"


def test_moved_checkout_starts_afresh(place) -> None:
    moved = place.root.rename(place.root.with_name("moved here"))
    assert bootstrap.state(bootstrap.Place(moved)) == "absent"


def test_ready_runs_nothing(place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *_, **__: pytest.fail("ran something"))
    bootstrap.set_up(place, "", {})


def test_failure_leaves_no_stamp(place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise bootstrap.SetupError("no space")

    (place.root / "requirements.lock").write_text("changed", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "pip_index", lambda: "")
    monkeypatch.setattr(bootstrap, "ensure_uv", lambda *_: None)
    monkeypatch.setattr(bootstrap, "uv", fail)
    with pytest.raises(bootstrap.SetupError, match="no space"):
        bootstrap.set_up(place, "", {"PATH": ""})
    assert bootstrap.state(place) == "absent"


def test_second_set_up_waits_for_the_first(place, capsys: pytest.CaptureFixture[str]) -> None:
    second_has_it = threading.Event()

    def second() -> None:
        with bootstrap.only_one(place):
            second_has_it.set()

    with bootstrap.only_one(place):
        thread = threading.Thread(target=second)
        thread.start()
        assert not second_has_it.wait(0.3)
    assert second_has_it.wait(10)
    thread.join()
    assert "waiting" in capsys.readouterr().out


# --- the interpreter ----------------------------------------------------------------------------


def pretend_python(folder: Path, name: str, answer: str) -> str:
    script = folder / name
    script.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def test_first_suitable_python_is_taken(tmp_path: Path) -> None:
    old = pretend_python(tmp_path, "old", "3|9|18|cpython|/opt/old")
    new = pretend_python(tmp_path, "new", "3|15|0|cpython|/opt/new")
    jit = pretend_python(tmp_path, "jit", "3|11|9|pypy|/opt/jit")
    odd = pretend_python(tmp_path, "odd", "pyenv: python3.12: command not found")
    good = pretend_python(tmp_path, "good", "3|13|1|cpython|/opt/a b/python3.13")
    assert (
        bootstrap.find_python([old, new, jit, odd, "/nonexistent", good]) == "/opt/a b/python3.13"
    )


def test_only_too_old_python_says_what_to_do(tmp_path: Path) -> None:
    old = pretend_python(tmp_path, "python3", "3|9|18|cpython|/opt/old")
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.find_python([old])
    message = str(caught.value)
    assert "Python 3.11 to 3.14 is needed" in message
    assert "3.9.18" in message
    assert "--python" in message
    assert "\n" not in message


def test_this_python_comes_first() -> None:
    assert bootstrap.candidates("")[0] == sys.executable
    version, _ = bootstrap.ask_version(sys.executable)
    assert version == sys.version_info[:3]


def test_python_3_9_can_read_it() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 9))


# --- uv -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "machine", "tag"),
    [
        ("Linux", "x86_64", "manylinux2014_x86_64"),
        ("Linux", "AMD64", "manylinux2014_x86_64"),
        ("Linux", "aarch64", "manylinux2014_aarch64"),
        ("Darwin", "arm64", "macosx_11_0_arm64"),
    ],
)
def test_wheel_of_a_platform(system: str, machine: str, tag: str) -> None:
    name, sha256 = bootstrap.uv_wheel(system, machine)
    assert tag in name
    assert len(bytes.fromhex(sha256)) == hashlib.sha256().digest_size


@pytest.mark.parametrize(
    ("system", "machine"), [("Windows", "AMD64"), ("Linux", "riscv64"), ("Darwin", "x86_64")]
)
def test_unknown_platform_is_named(system: str, machine: str) -> None:
    with pytest.raises(bootstrap.SetupError, match=system):
        bootstrap.uv_wheel(system, machine)


def uv_wheel_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"uv-{bootstrap.UV_VERSION}.data/scripts/uv", "#!/bin/sh\n")
    return buffer.getvalue()


def test_wrong_hash_is_refused(place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "fetch_with_pip", lambda *_: uv_wheel_bytes())
    with pytest.raises(bootstrap.SetupError, match=r"refused uv-.*SHA-256"):
        bootstrap.ensure_uv(place, {}, "")
    assert not place.uv.exists()


def test_right_hash_is_unpacked(place, monkeypatch: pytest.MonkeyPatch) -> None:
    data = uv_wheel_bytes()
    digest = hashlib.sha256(data).hexdigest()
    monkeypatch.setattr(bootstrap, "uv_wheel", lambda *_: ("uv.whl", digest))
    monkeypatch.setattr(bootstrap, "fetch_with_pip", lambda *_: None)
    monkeypatch.setattr(bootstrap, "fetch_with_urllib", lambda *_: data)
    bootstrap.ensure_uv(place, {}, "")
    assert subprocess.run([place.uv], check=True).returncode == 0


@pytest.fixture(params=["json", "html"])
def mirror(request: pytest.FixtureRequest) -> Iterator[str]:
    """A package index on this machine, of the JSON or the older HTML kind."""
    wheel = "uv-1-py3-none-any.whl"
    pages = {
        "json": json.dumps({"files": [{"filename": wheel, "url": f"../../files/{wheel}"}]}),
        "html": f'<a href="../../files/{wheel}#sha256=00">{wheel}</a>',
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {
                "/simple/uv/": (pages[request.param].encode(), f"text/{request.param}"),
                f"/files/{wheel}": (b"the wheel", "application/zip"),
            }
            body, kind = answers.get(self.path, (b"", ""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


@pytest.mark.usefixtures("no_proxy")
def test_standard_library_fetches_from_a_mirror(mirror: str) -> None:
    for index in (mirror, mirror + "/"):
        got = bootstrap.fetch_with_urllib("uv-1-py3-none-any.whl", index, {})
        assert got == b"the wheel"
    with pytest.raises(bootstrap.SetupError, match="does not offer uv-2"):
        bootstrap.fetch_with_urllib("uv-2-py3-none-any.whl", mirror, {})


@pytest.mark.usefixtures("no_proxy")
def test_offline_is_one_line_without_passwords() -> None:
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.fetch_with_urllib("uv.whl", "http://amal:s3cret@127.0.0.1:9/simple", {})
    message = str(caught.value)
    assert "cannot fetch from the package index http://127.0.0.1:9/simple" in message
    assert "s3cret" not in message
    assert "\n" not in message


def test_tools_see_nothing_of_another_environment(place) -> None:
    outer = {"VIRTUAL_ENV": "/x", "PYTHONPATH": "/y", "PIP_CERT": "/ca.pem", "HOME": "/h"}
    env = bootstrap.tool_environment(outer, place, "https://mirror.example/simple")
    assert not {"VIRTUAL_ENV", "PYTHONPATH"} & env.keys()
    assert env["SSL_CERT_FILE"] == "/ca.pem"
    assert env["UV_CACHE_DIR"].startswith(str(place.root))
    assert env["UV_DEFAULT_INDEX"] == env["PIP_INDEX_URL"] == "https://mirror.example/simple"
    assert env["UV_PYTHON_DOWNLOADS"] == "never"


@pytest.mark.parametrize(
    ("environ", "index"),
    [
        ({}, ""),
        ({"PIP_INDEX_URL": "p"}, "p"),
        ({"UV_INDEX_URL": "u", "PIP_INDEX_URL": "p"}, "u"),
        ({"UV_DEFAULT_INDEX": "d", "UV_INDEX_URL": "u"}, "d"),
        ({"UV_INDEX_URL": "", "PIP_INDEX_URL": "p"}, "p"),
    ],
)
def test_mirror_of_the_environment(environ: dict[str, str], index: str) -> None:
    assert bootstrap.chosen_index(environ) == index


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            "Resolved\nerror: No\n  Caused by: one\n  Caused by: dns error\n\nhint: x\n",
            "No: dns error",
        ),
        ("error: Failed to fetch: `u`\n  cause: refused\nhint: y", "Failed to fetch: `u`: refused"),
        ("  × Failed to download\n  ├─▶ one\n  ╰─▶ two\n", "Failed to download: two"),
        ("error: one line", "one line"),
        ("killed", "killed"),
        ("", "no reason given"),
        ("error: at https://a:b@mirror.example/x", "at https://mirror.example/x"),
    ],
)
def test_failure_becomes_one_line(output: str, reason: str) -> None:
    assert bootstrap.reason_of(output) == reason


@pytest.mark.parametrize(
    ("output", "is_network"),
    [
        ("error: Failed to fetch\n  Caused by: dns error\n", True),
        ("error: Failed to fetch\n  cause: Connection refused (os error 111)\n", True),
        ("error: Failed to fetch\n  cause: operation timed out\n", True),
        ("error: Failed to fetch\n  cause: invalid peer certificate: UnknownIssuer\n", True),
        ("Downloading networkx\nerror: x\n  cause: Hash mismatch for `alembic`\n\nmore", False),
    ],
)
def test_network_trouble_is_told_from_other_trouble(output: str, is_network: bool) -> None:
    found = bootstrap.NETWORK_TROUBLE.search(bootstrap.account_of(output))
    assert bool(found) is is_network


# --- the command --------------------------------------------------------------------------------


def test_command_fails_in_one_line(tmp_path: Path) -> None:
    script = tmp_path / "extensions" / "bootstrap.py"
    script.parent.mkdir()
    shutil.copy(SCRIPT, script)
    done = subprocess.run(
        [sys.executable, script, "--python", "/nonexistent"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("set-up failed: Python 3.11 to 3.14 is needed")
    assert done.stderr.count("\n") == 1
