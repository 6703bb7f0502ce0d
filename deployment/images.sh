#!/bin/sh
# Prints the images of .env by their digests of today: sh deployment/images.sh >> .env. Look at them before you use them;
# what was tried once is then what runs, until somebody runs this again.
set -eu
pinned() {
  docker pull --quiet "$2" >/dev/null
  digest=$(docker image inspect --format '{{index .RepoDigests 0}}' "$2")
  echo "$1=$2@${digest#*@}"
}
pinned PYTHON_IMAGE python:3.13-slim-bookworm
pinned POSTGRES_IMAGE postgres:17-alpine
pinned VALKEY_IMAGE valkey/valkey:8-alpine
