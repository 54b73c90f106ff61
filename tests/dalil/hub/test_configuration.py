"""Each topic of the hub's configuration by itself, and what is refused."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.app import JupyterHub
from traitlets.config import Config

from dalil.errors import UsageError
from dalil.hub import accounts, configuration, starting
from dalil.hub.places import FIRST_USER, INSTRUCTORS, Place, open_curriculum, plan_of, take_place
from dalil.hub.spawner import DalilSpawner
from dalil.settings import ACCOUNTS, Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path, make_curriculum: Callable[..., Path]) -> Settings:
    root = make_curriculum(tmp_path, "custody")
    found = load_settings(root)
    found.prepare()
    return found


def set_up(settings: Settings) -> Config:
    config = Config()
    configuration.apply(config, settings)
    return config


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_every_kind_of_account_asks_the_roster_and_makes_nobody_the_hubs_admin(
    settings: Settings, kind: str
) -> None:
    config = set_up(replace(settings, accounts=kind))
    known: Any = config.JupyterHub.authenticator_class(config=config)
    assert isinstance(known, accounts.OnTheRoster)
    assert known.settings.course_id == "academy"
    assert (known.manage_groups, known.admin_users) == (True, set())


def test_topics_of_the_libraries_are_known_to_them(settings: Settings) -> None:
    """A setting whose name a library does not know would do nothing."""
    for kind in ACCOUNTS:
        config = Config()
        configuration.people(config, replace(settings, accounts=kind))
        kinds = {one.__name__: one for one in config.JupyterHub.authenticator_class.__mro__}
        for section in config:
            if section == "JupyterHub":
                continue
            assert set(config[section]) <= set(kinds[section].class_trait_names()), section


def test_servers_get_few_scopes_and_end_when_nobody_uses_them(settings: Settings) -> None:
    config = Config()
    configuration.servers(config, settings, configuration.addresses(settings))
    assert not any(
        "admin" in scope
        for scope in config.Spawner.server_token_scopes
        if ":" in scope and not scope.startswith("custom:")
    )
    assert "--ServerApp.shutdown_no_activity_timeout=3600" in config.Spawner.args
    assert "--KernelManager.transport=ipc" in config.Spawner.args
    url = config.Spawner.environment["DALIL_SERVICE_URL"]
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/services/dalil/")


def test_accounts_of_the_machine_use_the_hubs_own_spawner(settings: Settings) -> None:
    config = set_up(replace(settings, accounts="pam", separation="accounts"))
    assert config.JupyterHub.spawner_class.__name__ == "LocalProcessSpawner"
    assert "--KernelManager.transport=ipc" in config.Spawner.args
    person = SimpleNamespace(user=SimpleNamespace(name="root"))
    runtime = config.Spawner.environment["JUPYTER_RUNTIME_DIR"](person)
    assert runtime == str(Path(pwd.getpwnam("root").pw_dir, ".jupyter-run"))
    shared = set_up(replace(settings, accounts="demonstration", separation="none"))
    assert "JUPYTER_RUNTIME_DIR" not in shared.Spawner.environment


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder with a name as short as a home's: the path of a socket has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="home-") as folder:
        yield Path(folder)


def test_a_kernels_sockets_in_a_home_are_the_persons_alone(home: Path) -> None:
    """As ``separation = "accounts"`` has them."""
    runtime = home / ".jupyter-run"
    code = (
        "from jupyter_client.manager import KernelManager as K\n"
        "from jupyter_core.application import JupyterApp\n"
        "import glob, os; app = JupyterApp(); k = K(transport='ipc', "
        "connection_file=app.runtime_dir + '/kernel-' + 'f' * 36 + '.json')\n"
        "k.start_kernel(); c = k.client(); c.start_channels(); c.wait_for_ready(60)\n"
        "print(len(glob.glob(app.runtime_dir + '/*-ipc-*'))); k.shutdown_kernel(now=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        umask=0o022,
    )
    assert int(done.stdout) >= 4, done.stderr
    assert runtime.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("address", ["0.0.0.0", "", "192.0.2.7", "::", "hub.example.org"])
def test_the_demonstration_listens_on_this_machine_only(settings: Settings, address: str) -> None:
    public = replace(settings, accounts="demonstration", address=address)
    with pytest.raises(UsageError, match=r"listens on 127\.0\.0\.1 only"):
        configuration.guard(set_up(public), public)
    native = replace(public, accounts="native")
    configuration.guard(set_up(native), native)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_the_demonstration_may_have_any_name_of_this_machine(
    settings: Settings, address: str
) -> None:
    here = replace(settings, accounts="demonstration", address=address)
    configuration.guard(set_up(here), here)


def test_an_own_file_cannot_open_the_demonstration_to_the_world(settings: Settings) -> None:
    made_up = replace(settings, accounts="demonstration")
    config = set_up(made_up)
    config.JupyterHub.bind_url = "http://:8000"
    with pytest.raises(UsageError, match="log-in page"):
        configuration.guard(config, made_up)


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("JupyterHub", "hub_bind_url", "http://0.0.0.0:8081"),
        ("JupyterHub", "hub_connect_url", "http://192.0.2.7:8081"),
        ("JupyterHub", "hub_connect_ip", "192.0.2.7"),
        ("JupyterHub", "hub_ip", "::"),
        ("JupyterHub", "ip", ""),
        ("InProcessProxy", "behind_proxy", True),
    ],
)
def test_the_demonstration_is_shown_to_others_by_no_other_way(
    settings: Settings, section: str, name: str, value: object
) -> None:
    for kind in ("demonstration", "native"):
        chosen = replace(settings, accounts=kind)
        config = set_up(chosen)
        config[section][name] = value
        if kind == "native":
            configuration.guard(config, chosen)
            continue
        with pytest.raises(UsageError, match=rf"log-in page.*{name}"):
            configuration.guard(config, chosen)


def test_the_demonstration_is_not_put_behind_a_proxy(settings: Settings) -> None:
    proxied = replace(settings, accounts="demonstration", behind_proxy=True)
    with pytest.raises(UsageError, match="behind_proxy"):
        configuration.guard(set_up(proxied), proxied)


def test_each_server_has_an_origin_of_its_own_below_a_domain(settings: Settings) -> None:
    own = replace(settings, domain="https://academy.example")
    hub = JupyterHub(config=set_up(own))
    assert (hub.subdomain_host, hub.public_url) == (own.domain, f"{own.domain}/")
    assert hub.cookie_host_prefix_enabled
    assert hub.hub_routespec == "/"
    names = {hub.subdomain_hook(name, "academy.example", "user") for name in ("amina", "هدى")}
    assert len(names) == 2
    assert all(name.isascii() and name.endswith(".academy.example") for name in names)
    for service in ("dalil", "apps", "academy"):
        assert hub.subdomain_hook(service, "academy.example", "service") == "academy.example"
    plain = JupyterHub(config=set_up(replace(settings, domain="http://academy.localhost:8888")))
    assert not plain.cookie_host_prefix_enabled  # browsers keep such cookies over TLS only
    assert JupyterHub(config=set_up(settings)).subdomain_host == ""


@pytest.mark.parametrize(
    ("accounts", "domain", "told"),
    [("native", "", True), ("native", "https://a.example", False), ("demonstration", "", False)],
)
def test_whoever_starts_a_hub_of_one_origin_is_told(
    settings: Settings, accounts: str, domain: str, told: bool
) -> None:
    chosen = replace(settings, accounts=accounts, domain=domain)
    assert ("c.Dalil.domain" in configuration.one_origin(chosen)) == told


def test_passwords_of_databases_stay_out_of_the_file_that_trainees_read(
    settings: Settings,
) -> None:
    url = "postgresql+psycopg://dalil:s3cret-word@db/hub"
    secret = replace(settings, hub_database_url=url)
    configuration.guard(set_up(secret), secret)
    with (settings.root / "jupyter_config.py").open("a", encoding="utf-8") as stream:
        stream.write(f"c.Dalil.hub_database_url = {url!r}\n")
    with pytest.raises(UsageError, match=r"take it from the environment"):
        configuration.guard(set_up(secret), secret)


def test_machine_accounts_want_sources_that_others_cannot_read(settings: Settings) -> None:
    own = replace(settings, accounts="pam", separation="accounts")
    settings.graders.chmod(0o755)
    settings.exercises.chmod(0o750)
    with pytest.raises(UsageError, match=r"graders: everybody on this machine may read it"):
        configuration.guard(set_up(own), own)
    settings.graders.chmod(0o750)
    configuration.guard(set_up(own), own)


@pytest.mark.parametrize("place", ["academy", "academy/release", "academy/more", "academy/homes"])
def test_machine_accounts_want_an_academy_that_others_cannot_open(
    settings: Settings, place: str
) -> None:
    own = replace(settings, accounts="pam", separation="accounts")
    for folder in (settings.graders, settings.exercises):
        folder.chmod(0o750)
    (settings.root / place).mkdir(exist_ok=True)
    (settings.root / place).chmod(0o755)
    with pytest.raises(UsageError, match=rf"{place}: other accounts .*chmod 7[01][01]\b"):
        configuration.guard(set_up(own), own)


@pytest.mark.parametrize("name", [".git/", "jupyterhub_config.py"])
def test_machine_accounts_want_history_and_secrets_closed(settings: Settings, name: str) -> None:
    own = replace(settings, accounts="pam", separation="accounts")
    for folder in (settings.graders, settings.exercises):
        folder.chmod(0o750)
    place = settings.root / name
    place.mkdir() if name.endswith("/") else place.touch()
    place.chmod(0o755)
    with pytest.raises(UsageError, match=f"{place.name}: everybody on this machine may read it"):
        configuration.guard(set_up(own), own)


def test_what_a_command_says_holds_for_the_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = starting.environment(replace(settings, port=9999, accounts="pam"))
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    found = starting.hub_settings()
    assert (found.port, found.accounts, found.root) == (9999, "pam", settings.root)


def test_secrets_of_databases_reach_the_services_and_nobody_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALIL_RECORDS", "postgresql+psycopg://dalil:s3cret@db/records")
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    monkeypatch.setenv("DALIL_SERVICE_URL", "http://elsewhere/")
    assert "DALIL_SERVICE_URL" not in starting.environment(settings)
    config = set_up(settings)
    for one in config.JupyterHub.services:
        assert one["environment"]["PGPASSWORD"] == "s3cret"
        assert "DALIL_RECORDS" in one["environment"]
        assert "DALIL_SERVICE_URL" not in one["environment"]
    kept = DalilSpawner(config=config).env_keep
    assert not {"DALIL_RECORDS", "PGPASSWORD"} & {*kept, *config.Spawner.environment}


def test_homes_are_closed_and_each_has_a_user_of_its_own(settings: Settings) -> None:
    as_root = os.geteuid() == 0
    first, second = (take_place(settings, n, as_root=as_root) for n in ("amina", "هدى"))
    assert [p.home.stat().st_mode & 0o777 for p in (first, second)] == [0o700, 0o700]
    if as_root:
        assert (first.user, second.user) == (FIRST_USER, FIRST_USER + 1)
        assert take_place(settings, "amina", as_root=True) == first
    with pytest.raises(UsageError):
        take_place(settings, "../records", as_root=as_root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_home_of_an_ordinary_users_hub_changes_hands(settings: Settings) -> None:
    (settings.homes / "omar" / "work").mkdir(parents=True)
    (settings.homes / "omar" / "work" / "a.txt").touch()
    (settings.homes / "omar" / "link").symlink_to("/etc/passwd")
    place = take_place(settings, "omar", as_root=True)
    assert (place.home / "work" / "a.txt").stat().st_uid == place.user
    assert Path("/etc/passwd").stat().st_uid == 0
    open_curriculum(settings)
    assert settings.graders.stat().st_gid == INSTRUCTORS
    assert settings.graders.stat().st_mode & 0o070 == 0o070


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_nothing_but_files_and_folders_of_the_curriculum_change_hands(
    settings: Settings, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    (outside / "secret").touch(mode=0o600)
    before = [path.stat() for path in (outside, outside / "secret")]
    (settings.graders / "file").symlink_to(outside / "secret")
    (settings.graders / "folder").symlink_to(outside)
    os.mkfifo(settings.graders / "pipe", 0o600)
    (settings.graders / "new.py").touch(mode=0o600)
    open_curriculum(settings)
    assert [path.stat() for path in (outside, outside / "secret")] == before
    pipe, new = (settings.graders / name for name in ("pipe", "new.py"))
    assert (pipe.stat().st_gid, pipe.stat().st_mode & 0o777) == (0, 0o600)
    assert (new.stat().st_gid, new.stat().st_mode & 0o777) == (INSTRUCTORS, 0o660)


def test_only_instructors_see_sources(settings: Settings) -> None:
    place = Place(settings.homes / "amina", FIRST_USER)
    trainee, instructor, admin = (
        plan_of(settings, place, role, as_root=True) for role in ("trainee", "instructor", "admin")
    )
    assert trainee.writable == admin.writable == (str(place.home),)
    assert str(settings.graders) in instructor.writable
    sealed = {str(folder) for folder in settings.sealed}
    assert not sealed & {*trainee.visible, *admin.visible}
