"""What JupyterHub's own configuration becomes, a function per topic, from the academy's settings.

``jupyterhub_config.py`` beside this file applies it, then the academy's own file of that name in
the curriculum's root if there is one, then ``guard``.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.utils import subdomain_hook_idna
from sqlalchemy import make_url
from traitlets.config import Config

from dalil import apps, formgrader, service
from dalil.errors import UsageError
from dalil.hub import accounts, demonstration
from dalil.hub.accounts import GROUPS
from dalil.hub.spawner import DalilSpawner
from dalil.hub.starting import OWN_FILE, secrets
from dalil.hub.words import Speech, speech_for
from dalil.limits import ONE_THREAD
from dalil.models import LANGUAGES
from dalil.roster import Roster
from dalil.sandbox import enclosure
from dalil.sandbox.plan import Plan
from dalil.settings import CONFIG_NAME, ROOT_VARIABLE, Settings

SERVICE = service.NAME
APPS = apps.NAME
COOKIES = {"samesite": "Lax"}
HOME = f"/services/{SERVICE}/"
_ADDRESSES = ("bind_url", "hub_bind_url", "hub_connect_url")  # where JupyterHub listens
_HOSTS = ("ip", "hub_ip", "hub_connect_ip")
LEARN, TEACH, ADMINISTER = (service.SCOPES[word] for word in ("learn", "teach", "administer"))


def apply(config: Config, settings: Settings) -> None:
    """Set up the whole hub."""
    places = addresses(settings)
    network(config, settings, places)
    records(config, settings)
    people(config, settings)
    roles(config, settings)
    servers(config, settings, places)
    services(config, settings, places)
    pages(config, settings)


def cluster(config: Config, settings: Settings, service: str) -> None:
    """On Kubernetes, where the chart keeps network, spawner, database and services: the rest.

    *service*: where people's servers reach the academy's service.
    """
    people(config, settings)
    roles(config, settings)
    tokens(config)
    surroundings(config, settings, f"{service}/services/{SERVICE}/")
    pages(config, settings)


def addresses(settings: Settings) -> dict[str, str]:
    """An address on this machine for the hub's own interface and for each service, now free."""
    names = ("hub", settings.course_id, SERVICE, APPS)
    probes = [socket.socket() for _ in names]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    found = {
        name: f"http://127.0.0.1:{probe.getsockname()[1]}"
        for name, probe in zip(names, probes, strict=True)
    }
    for probe in probes:
        probe.close()
    return found


def network(config: Config, settings: Settings, places: Mapping[str, str]) -> None:
    """Where browsers and servers find the hub."""
    host = f"[{settings.address}]" if ":" in settings.address else settings.address
    config.JupyterHub.bind_url = f"http://{host}:{settings.port}"
    config.JupyterHub.hub_bind_url = places["hub"]
    config.JupyterHub.proxy_class = "dalil.hub.proxy.InProcessProxy"
    config.InProcessProxy.behind_proxy = settings.behind_proxy
    if settings.domain:
        origins(config, settings)
    config.JupyterHub.cleanup_servers = True
    config.JupyterHub.cleanup_proxy = True


def origins(config: Config, settings: Settings) -> None:
    """A name, so an origin, for each person's server; the hub and the services share theirs."""
    config.JupyterHub.subdomain_host = settings.domain
    config.JupyterHub.subdomain_hook = host_of
    config.InProcessProxy.domain = settings.domain
    # Below one domain a page could set cookies for all; a browser keeps these to their own name.
    config.JupyterHub.cookie_host_prefix_enabled = settings.domain.startswith("https:")


def host_of(name: str, domain: str, kind: str) -> str:
    """The name at which somebody's server, or a service, is found."""
    return domain if kind == "service" else str(subdomain_hook_idna(name, domain, kind))


def one_origin(settings: Settings) -> str:
    """A line for whoever starts a hub where people's pages share an origin; "" where not."""
    if settings.domain or settings.accounts == "demonstration":
        return ""
    return (
        "c.Dalil.domain is not set: people's servers share one origin with the hub, marking and "
        "administration, so a page that one person's server sends acts as whoever opens it; give "
        "each server a name of its own (docs/hub.md), or warn those who mark of such links"
    )


def records(config: Config, settings: Settings) -> None:
    """The hub's own database and the secret of its cookies, among the records."""
    folder = settings.records / "hub"
    config.JupyterHub.db_url = settings.hub_database_url
    config.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")


def people(config: Config, settings: Settings) -> None:
    """Who may log in: the roster, asked after whoever knows the passwords."""
    config.OnTheRoster.settings = settings
    config.Authenticator.manage_groups = True
    config.Authenticator.allow_all = True  # of those on the roster
    config.Authenticator.auth_refresh_age = 60
    config.JupyterHub.authenticator_class = accounts.authenticator(settings.accounts)
    topic = {"demonstration": made_up, "native": native, "oidc": oidc, "ldap": ldap, "pam": pam}
    topic[settings.accounts](config, settings)


def made_up(config: Config, settings: Settings) -> None:
    """The demonstration's people, with one password for all."""
    config.DemonstrationAuthenticator.password = demonstration.password(settings)


def native(config: Config, settings: Settings) -> None:
    """Passwords kept by the academy."""
    config.FirstUseAuthenticator.dbm_path = str(settings.records / "hub" / "passwords")
    config.FirstUseAuthenticator.min_password_length = 12


def oidc(config: Config, settings: Settings) -> None:
    """A provider of OpenID Connect; its addresses and client are in the academy's own file.

    The secret of the client comes from OAUTH_CLIENT_SECRET. ``preferred_username`` is the id of
    the roster.
    """
    config.OAuthenticator.scope = ["openid", "profile"]
    config.OAuthenticator.username_claim = "preferred_username"
    config.OAuthenticator.auth_state_groups_key = ""
    config.OAuthenticator.enable_pkce = True


def ldap(config: Config, settings: Settings) -> None:
    """A directory; where it is and whom it holds is in the academy's own file."""
    config.LDAPAuthenticator.tls_strategy = "on_connect"
    config.LDAPAuthenticator.lookup_dn = False
    config.LDAPAuthenticator.valid_username_regex = r"^[\w.@' -]+$"


def pam(config: Config, settings: Settings) -> None:
    """The machine's own accounts; with ``separation = "accounts"`` servers run as these."""
    config.PAMAuthenticator.open_sessions = False


def roles(config: Config, settings: Settings) -> None:
    """Scopes by group, as few as each role works with; nobody administers the hub itself."""
    config.JupyterHub.custom_scopes = service.CUSTOM_SCOPES
    both = [f"access:services!service={name}" for name in (SERVICE, APPS)]
    course = f"access:services!service={settings.course_id}"
    by_role = {
        "trainee": [LEARN, *both],
        "instructor": [LEARN, TEACH, course, *both],
        "admin": [ADMINISTER, *both],
    }
    config.JupyterHub.load_roles = [
        {"name": f"dalil-{role}", "groups": [GROUPS[role]], "scopes": scopes}
        for role, scopes in by_role.items()
    ]


def servers(config: Config, settings: Settings, places: Mapping[str, str]) -> None:
    """People's servers: how they are kept apart, what their tokens may do, when they end."""
    own = settings.separation == "accounts"
    config.DalilSpawner.settings = settings
    config.JupyterHub.spawner_class = LocalProcessSpawner if own else DalilSpawner
    config.Spawner.default_url = "/lab"
    # Nothing from a home is loaded into a server; Lab's own settings and page are not meant.
    config.Spawner.disable_user_config = True
    surroundings(config, settings, f"{places[SERVICE]}/services/{SERVICE}/")
    tokens(config)
    idle = 60 * settings.idle_minutes
    config.Spawner.args = [
        "--ServerApp.answer_yes=True",  # stops at once, also when started in the background
        f"--ServerApp.shutdown_no_activity_timeout={idle}",
        f"--MappingKernelManager.cull_idle_timeout={idle}",
        "--MappingKernelManager.cull_connected=True",
    ]
    if settings.separation != "none":
        # On TCP anybody on this machine could listen to what a kernel says.
        config.Spawner.args += ["--KernelManager.transport=ipc"]
    if own:  # in the home, made 0700 by Jupyter itself; the path of a socket must be short
        config.Spawner.environment["JUPYTER_RUNTIME_DIR"] = lambda spawner: os.path.expanduser(
            f"~{spawner.user.name}/.jupyter-run"
        )
    config.LocalProcessSpawner.interrupt_timeout = 5
    config.LocalProcessSpawner.term_timeout = 5
    config.Spawner.start_timeout = 120
    config.Spawner.http_timeout = 120


def surroundings(config: Config, settings: Settings, service_url: str) -> None:
    """What a person's server finds in its environment."""
    people = Roster(settings)
    config.Spawner.environment = {
        ROOT_VARIABLE: str(settings.root),
        "DALIL_SERVICE_URL": service_url,
        "DALIL_ROLE": lambda spawner: _role(people, spawner),
        "DALIL_LANGUAGE": lambda spawner: people.language(spawner.user.name) or "en",
    }


def tokens(config: Config) -> None:
    """What a server's token may do; what the owner may not, the hub leaves out."""
    config.Spawner.server_token_scopes = [
        "users:activity!user",
        "access:servers!server",
        "read:users:name!user",
        "read:users:groups!user",
        LEARN,
        TEACH,
        ADMINISTER,
        f"access:services!service={SERVICE}",
    ]


def _role(people: Roster, spawner: Any) -> str:
    person = people.person(spawner.user.name)
    return person.role if person else "trainee"


def pages(config: Config, settings: Settings) -> None:
    """The hub's pages in three languages, and where people come to after the log-in."""
    config.JupyterHub.template_paths = [str(Path(__file__).with_name("templates"))]
    config.JupyterHub.template_vars = {
        "speech": lambda user: speech_for(settings, user),
        "speeches": tuple(Speech(language) for language in LANGUAGES),
        "academy_url": HOME,
        "demonstration": lambda user: _notice(settings) if user is None else None,
    }
    config.JupyterHub.tornado_settings = {
        "headers": {"Cross-Origin-Opener-Policy": "same-origin"},
        "cookie_options": COOKIES,  # of people's servers too
    }
    config.JupyterHub.default_url = HOME
    config.JupyterHub.implicit_spawn_seconds = 1


def _notice(settings: Settings) -> dict[str, Any] | None:
    """What the log-in page says of the demonstration; nothing where there is none."""
    if settings.accounts != "demonstration":
        return None
    return {
        "people": demonstration.people(settings),
        "password": demonstration.password(settings),
        "separate": settings.separation == "namespaces",
    }


def services(config: Config, settings: Settings, places: Mapping[str, str]) -> None:
    """What runs beside the hub with the academy's own rights."""
    # They end with the hub, whatever ends it.
    nothing = Plan(kind=None, warm=False, purpose="server", preload=())
    tied = enclosure.Seat(nothing, parent=os.getpid(), folder=str(settings.root))
    parts = ((settings.course_id, formgrader), (SERVICE, service), (APPS, apps))
    config.JupyterHub.services = [
        {
            "name": name,
            "url": places[name],
            "command": enclosure.command(tied, part.command(settings)),
            "environment": {
                **ONE_THREAD,
                **secrets(),
                **part.environment(settings),
                "JUPYTERHUB_COOKIE_OPTIONS": json.dumps(COOKIES),
            },
            "cwd": str(settings.root),
            "oauth_no_confirm": True,
            "oauth_client_allowed_scopes": [
                f"access:services!service={name}",
                *(service.SCOPES.values() if name == SERVICE else ()),
            ],
        }
        for name, part in parts
    ]


def guard(config: Config, settings: Settings) -> None:
    """Refuse what would let strangers in. Raises UsageError."""
    if settings.accounts == "demonstration":
        for_this_machine(config, settings)
    if settings.separation == "none" and settings.accounts != "demonstration":
        raise UsageError(
            "c.Dalil.separation = 'none' is for the demonstration: real people's servers are kept "
            "apart by namespaces or by the machine's accounts"
        )
    if settings.separation == "accounts":
        closed_to_accounts(settings)
    text = (settings.root / CONFIG_NAME).read_text(encoding="utf-8")
    for url in (settings.database_url, settings.gradebook_url, settings.hub_database_url):
        secret = make_url(url).password
        if secret and str(secret) in text:
            raise UsageError(
                f"{settings.root / CONFIG_NAME}: holds the password of a database, and every "
                "trainee's server reads that file; take it from the environment (os.environ.get)"
            )


def for_this_machine(config: Config, settings: Settings) -> None:
    """Refuse to show the demonstration to others, directly or by a proxy. Raises UsageError."""
    given = config.JupyterHub
    hosts = {name: urlsplit(given[name]).hostname for name in _ADDRESSES if name in given}
    hosts |= {name: given[name] for name in _HOSTS if name in given}
    for name, host in hosts.items():
        if not _loopback(host):
            raise UsageError(
                f"the demonstration's password is on its log-in page: it listens on 127.0.0.1 "
                f"only, not on {host} (c.JupyterHub.{name}); set c.Dalil.accounts to real ones, or "
                "c.Dalil.address back"
            )
    if settings.behind_proxy or config.InProcessProxy.get("behind_proxy", False):
        raise UsageError(
            "the demonstration's password is on its log-in page, and c.Dalil.behind_proxy shows "
            "that page to whoever reaches your proxy; set c.Dalil.accounts to real ones, or take "
            "behind_proxy away"
        )


def closed_to_accounts(settings: Settings) -> None:
    """Refuse what the machine's accounts could read of each other's. Raises UsageError."""
    sources = (settings.exercises, settings.graders, settings.root / ".git")
    for place in (*sources, settings.root / OWN_FILE):
        if place.exists() and place.stat().st_mode & 0o007:
            raise UsageError(
                f"{place}: everybody on this machine may read it; give it to a group of the "
                "instructors (chgrp) and close it to others (chmod o-rwx)"
            )
    within = dict.fromkeys(settings.academy.iterdir(), 0o700)
    for place, most in (within | settings.closed).items():
        if place.is_dir() and place.stat().st_mode & 0o777 & ~most:
            raise UsageError(
                f"{place}: other accounts of this machine may open it; close it "
                f"(chmod {most:o}) and start again"
            )


def _loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
