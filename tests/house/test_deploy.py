"""The values for Kubernetes: names of the chart's, a snippet that runs, two files that agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.spawner import Spawner
from oauthenticator.generic import GenericOAuthenticator
from traitlets.config import Config

from dalil.hub.accounts import OnTheRoster
from dalil.service import SCOPES

DEPLOY = Path(__file__).parents[2] / "extensions" / "deploy"
# Names that the chart's values.schema.yaml has where nothing else may stand (commit 02dd73d).
NAMES = {
    "": "hub proxy singleuser cull prePuller",
    "hub": "image db extraEnv config services extraConfig networkPolicy",
    "hub.db": "type pvc upgrade url password",
    "hub.image": "name tag pullPolicy pullSecrets",
    "hub.networkPolicy": "enabled ingress egress egressAllowRules interNamespaceAccessLabels "
    "allowedIngressPorts",
    "proxy": "service https chp traefik",
    "singleuser": "image cmd defaultUrl extraEnv memory cpu storage cloudMetadata networkPolicy",
    "singleuser.cpu": "limit guarantee",
    "singleuser.memory": "limit guarantee",
    "singleuser.cloudMetadata": "blockWithIptables ip",
    "singleuser.networkPolicy": "enabled ingress egress egressAllowRules",
    "singleuser.networkPolicy.egressAllowRules": "cloudMetadataServer dnsPortsCloudMetadataServer "
    "dnsPortsKubeSystemNamespace dnsPortsPrivateIPs nonPrivateIPs privateIPs",
}
CLASSES = {
    "JupyterHub": JupyterHub,
    "Authenticator": Authenticator,
    "OnTheRoster": OnTheRoster,
    "OAuthenticator": GenericOAuthenticator,
    "GenericOAuthenticator": GenericOAuthenticator,
    "Spawner": Spawner,
}


@pytest.fixture(scope="module")
def values() -> Any:
    return yaml.safe_load((DEPLOY / "values.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def things() -> dict[tuple[str, str], Any]:
    """What academy.yaml holds, by kind and name."""
    text = (DEPLOY / "academy.yaml").read_text(encoding="utf-8")
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text)}


def at(values: Any, place: str) -> Any:
    for name in filter(None, place.split(".")):
        values = values[name]
    return values


@pytest.mark.parametrize("place", NAMES)
def test_names_are_the_charts(values: Any, place: str) -> None:
    assert set(at(values, place)) <= set(NAMES[place].split())


def test_the_hubs_snippet_sets_what_jupyterhub_knows(
    values: Any,
    tmp_path: Path,
    make_curriculum: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = make_curriculum(tmp_path)
    monkeypatch.setenv("DALIL_ROOT", str(root))
    monkeypatch.setenv("DALIL_ACCOUNTS_KIND", values["hub"]["extraEnv"]["DALIL_ACCOUNTS_KIND"])
    config = Config(values["hub"]["config"])
    for _, snippet in sorted(values["hub"]["extraConfig"].items()):
        exec(snippet, {"c": config})
    for section, names in config.items():
        assert set(names) <= set(CLASSES[section].class_trait_names()), section
    known = config.JupyterHub.authenticator_class(config=config)
    assert (known.client_id, known.manage_groups) == ("dalil", True)
    hub = JupyterHub(config=config)
    given = {scope for role in hub.load_roles for scope in role["scopes"]}
    assert given >= set(SCOPES.values())
    reached = {scope.split("=")[1] for scope in given if scope.startswith("access:services!")}
    assert reached == {*values["hub"]["services"]}, "roles and links lead to these services"
    for name, service in values["hub"]["services"].items():
        assert f"access:services!service={name}" in given
        assert f"access:services!service={name}" in service["oauth_client_allowed_scopes"]
    url = Spawner(config=config).environment["DALIL_SERVICE_URL"]
    assert url == f"{values['hub']['services']['dalil']['url']}/services/dalil/"


def test_services_lead_to_containers_that_listen(
    values: Any, things: dict[tuple[str, str], Any]
) -> None:
    pod = things["Deployment", "dalil"]["spec"]["template"]
    containers = {
        container["ports"][0]["containerPort"]: container for container in pod["spec"]["containers"]
    }
    for name, service in values["hub"]["services"].items():
        host, port = service["url"].removeprefix("http://").split(":")
        found = things["Service", host]["spec"]
        assert found["selector"].items() <= pod["metadata"]["labels"].items()
        (way,) = found["ports"]
        assert way["port"] == int(port)
        said = {one["name"]: one.get("value") for one in containers[way["targetPort"]]["env"]}
        assert said["JUPYTERHUB_SERVICE_NAME"] == name
        assert said["JUPYTERHUB_SERVICE_PREFIX"] == f"/services/{name}/"
        assert said["JUPYTERHUB_CLIENT_ID"] == f"service-{name}"
        assert f":{way['targetPort']}" in said["JUPYTERHUB_SERVICE_URL"]


def test_peoples_servers_reach_the_academys_service_alone(
    values: Any, things: dict[tuple[str, str], Any]
) -> None:
    rules = values["singleuser"]["networkPolicy"]
    assert not rules["egressAllowRules"]["privateIPs"]
    assert not rules["egressAllowRules"]["nonPrivateIPs"]
    ((way,),) = [rule["to"] for rule in rules["egress"]]
    labels = things["Deployment", "dalil"]["spec"]["template"]["metadata"]["labels"]
    assert way["podSelector"]["matchLabels"].items() <= labels.items()
    assert "DALIL_DATABASE_URL" not in values["singleuser"]["extraEnv"]
