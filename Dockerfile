# The site as a container: `docker build -t wir-portal .`; docs/operating.md says how to run it.
# Another base needs Python 3.11 or newer with venv, and Debian's apt: tests/container.sh has one.
ARG BASE=python:3.11-slim-trixie

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
# For `manage.py backup` on PostgreSQL; they have to be the server's version or a newer one.
# Only the three programs go into the result: the package would bring Perl along.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client \
  && install -D -t /opt/postgresql /usr/lib/postgresql/*/bin/pg_dump \
    /usr/lib/postgresql/*/bin/pg_restore /usr/lib/postgresql/*/bin/psql
COPY requirements.txt /tmp/
RUN python3 -m venv /opt/wir \
  && /opt/wir/bin/pip install --no-compile --require-hashes -r /tmp/requirements.txt \
  && /opt/wir/bin/pip uninstall -y pip setuptools
COPY . /app
# At run time the code can only be read, and by another user: what is made from it is made here.
RUN cd /app && mkdir staticfiles /tmp/build \
  && DATA_DIR=/tmp/build SECRET_KEY=only-for-the-build /opt/wir/bin/python -m wirportal.image \
  && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/wir /app \
  && chmod -R a+rX /app

FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends libpq5 libreadline8 \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
  && useradd --uid 10001 --no-create-home wir \
  && install -d -o wir -g wir -m 700 /data /data/media /data/locale
COPY --from=build /opt/postgresql /usr/local/bin
COPY --from=build /opt/wir /opt/wir
COPY --from=build /app /app

WORKDIR /app
USER wir
# Only DATA_DIR and /tmp have to be writable.
ENV PATH=/opt/wir/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
  DATA_DIR=/data HOST=0.0.0.0 PORT=8000 LOG_FORMAT=json
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD \
  ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
# Becomes gunicorn itself, which stops within eight seconds of a SIGTERM.
CMD ["python", "-m", "wirportal.serve"]
