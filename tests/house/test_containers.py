"""The deployment as files: what each container may do, sees and reaches."""

import re
import subprocess
from typing import Any

import pytest
import yaml
from django.conf import settings

from backfuture.messages import KEYLESS

COMPOSE: dict[str, Any] = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (settings.BASE_DIR / "Dockerfile").read_text()

every_service = pytest.mark.parametrize("name", sorted(SERVICES))


def secrets_of(name: str) -> set[str]:
    return set(SERVICES[name].get("secrets", []))


@every_service
def test_a_container_is_hardened(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ulimits"] == {"core": 0}
    assert service["pids_limit"] > 0
    assert service["mem_limit"].endswith("m")
    assert not {"privileged", "cap_add", "network_mode", "pid"} & service.keys()


@every_service
def test_a_container_runs_as_nobody_special(name: str) -> None:
    assert SERVICES[name]["user"].split(":")[0] not in {"0", "root"}


@every_service
def test_a_container_tells_whether_it_is_well(name: str) -> None:
    health = SERVICES[name].get("healthcheck")

    assert health or (name == "web" and "HEALTHCHECK" in DOCKERFILE)
    assert name == "migrate" or not (health or {}).get("disable")


@every_service
def test_only_the_web_is_published_and_only_to_this_machine(name: str) -> None:
    ports = SERVICES[name].get("ports", [])

    assert bool(ports) == (name == "web")
    assert all(port.startswith("127.0.0.1:") for port in ports)


@every_service
def test_only_workers_reach_the_internet(name: str) -> None:
    networks = set(SERVICES[name]["networks"])

    assert ("egress" in networks) == name.startswith("worker")
    assert ("edge" in networks) == (name == "web")


def test_the_other_networks_lead_nowhere() -> None:
    assert COMPOSE["networks"]["data"]["internal"] is True
    edge = COMPOSE["networks"]["edge"]["driver_opts"]
    assert edge["com.docker.network.bridge.enable_ip_masquerade"] == "false"


@every_service
def test_only_workers_that_open_keys_hold_the_vaults_private_ones(name: str) -> None:
    opens = name.startswith("worker") and name.removeprefix("worker-") not in KEYLESS
    mounts = str(SERVICES[name].get("volumes", "")) + str(SERVICES[name].get("environment", ""))

    assert ("./secrets/vault" in mounts) == opens
    assert ("VAULT_PRIVATE_KEYS_DIR" in mounts) == opens
    assert ("push_private_key" in secrets_of(name)) == opens
    assert ("PUSH_PRIVATE_KEY_FILE" in mounts) == opens


@pytest.mark.parametrize("name", ["beat", "database", "broker", "practice"])
def test_these_hold_no_vault_material_at_all(name: str) -> None:
    assert not secrets_of(name) & {"vault_public_key", "push_public_key", "secret_key", "fingerprint_key"}


@every_service
def test_passwords_come_from_files(name: str) -> None:
    environment: dict[str, str] = SERVICES[name].get("environment", {})
    wanted = {"DATABASE_URL", "REDIS_URL", "POSTGRES_PASSWORD"}

    assert not wanted & environment.keys()


def test_every_secret_is_a_file_that_the_tool_makes() -> None:
    files = {entry["file"].removeprefix("./secrets/") for entry in COMPOSE["secrets"].values()}
    used = set().union(*(secrets_of(name) for name in SERVICES))

    assert used == COMPOSE["secrets"].keys()
    assert files == {
        "secret_key",
        "fingerprint_key",
        "vault.pub",
        "push.pub",
        "push.key",
        "database_url",
        "database_owner_url",
        "redis_url",
        "database_password",
        "database_owner_password",
        "database_app_password",
        "broker.acl",
    }


def test_the_broker_loses_nothing_and_evicts_nothing() -> None:
    command = " ".join(SERVICES["broker"]["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--aclfile /run/secrets/broker_acl" in command


def test_the_image_installs_by_hash_and_runs_as_nobody_special() -> None:
    assert "--require-hashes --only-binary :all:" in DOCKERFILE
    assert DOCKERFILE.rindex("USER 10001:10001") > DOCKERFILE.rindex("RUN ")
    assert "ADD " not in DOCKERFILE


def test_keys_and_history_never_enter_the_image() -> None:
    ignored = (settings.BASE_DIR / ".dockerignore").read_text().split()

    assert {".git", ".env", "var", "secrets"} <= set(ignored)


def test_every_variable_of_the_compose_file_is_explained_in_the_example() -> None:
    text = (settings.BASE_DIR / "docker-compose.yml").read_text()
    used = {part.split("}")[0].split(":")[0] for part in text.split("${")[1:]}
    example = (settings.BASE_DIR / ".env.example").read_text()
    given = {line.split("=")[0] for line in example.splitlines() if "=" in line and not line.startswith("#")}

    assert used - {"BACKFUTURE_VERSION"} <= given


def test_nothing_is_built_or_started_from_a_tag() -> None:
    text = (settings.BASE_DIR / "docker-compose.yml").read_text()
    example = (settings.BASE_DIR / ".env.example").read_text()

    for name in ("PYTHON_IMAGE", "POSTGRES_IMAGE", "VALKEY_IMAGE"):
        assert f"${{{name}:?" in text
        assert re.search(rf"^{name}=\S+@sha256:[0-9a-f]{{64}}$", example, re.MULTILINE)
    assert re.search(r"^ARG PYTHON_IMAGE$", DOCKERFILE, re.MULTILINE)
    images = {service["image"] for service in SERVICES.values()}
    assert {image for image in images if "_IMAGE" not in image} == {"backfuture:${BACKFUTURE_VERSION:-latest}"}


@pytest.mark.parametrize(("image", "is_built"), [("python:3.13@sha256:0a", True), ("python:3.13", False), ("", False)])
def test_the_image_refuses_a_base_without_its_digest(image: str, is_built: bool) -> None:
    look = next(line for line in DOCKERFILE.splitlines() if line.startswith("RUN case")).removeprefix("RUN ")

    done = subprocess.run(["sh", "-c", look], env={"PYTHON_IMAGE": image}, capture_output=True, check=False)

    assert (done.returncode == 0) == is_built


def test_only_migrations_sign_in_as_the_owner_of_the_tables() -> None:
    owners = {name for name in SERVICES if "database_owner_url" in secrets_of(name)}

    assert owners == {"migrate"}
    assert "database_url" not in secrets_of("migrate")
    assert SERVICES["migrate"]["environment"]["DATABASE_URL_FILE"] == "/run/secrets/database_owner_url"
    command = SERVICES["migrate"]["command"][-1]
    assert command.index(" migrate ") < command.index("grant_app_role backfuture_app")
    assert "--database default" in command


def test_the_web_has_room_for_ten_sign_ins_at_once() -> None:
    # They take 359 MB in two processes (docs/front.md), and what is written to /tmp counts too.
    room = int(SERVICES["web"]["mem_limit"].removesuffix("m"))
    files = int(re.search(r"size=(\d+)m", SERVICES["web"]["tmpfs"][0])[1])  # type: ignore[index]

    assert room - files >= 1.25 * 359
