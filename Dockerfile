# The site as a container: `docker build -t wir-portal .`; docs/operating.md says how to run it.
FROM python:3.11-slim-trixie

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# For `manage.py backup` on PostgreSQL; its version has to be the server's or a newer one.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client \
  && rm -rf /var/lib/apt/lists/*

COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt

COPY . .
# Catalogues are compiled here: at run time the code can only be read.
RUN DEBUG=1 DATA_DIR=/tmp/build python -c "import django, os; \
    os.environ['DJANGO_SETTINGS_MODULE'] = 'wirportal.settings'; django.setup(); \
    from languages.catalogues import compile_catalogues; compile_catalogues()" \
  && python -m compileall -q . \
  && useradd --uid 10001 --no-create-home wir \
  && install -d -o wir -g wir -m 700 /data /data/media /data/locale

USER wir
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD \
  ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "wirportal.serve"]
