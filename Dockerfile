# Build:  docker build --tag headscope .
# Run:    docker run --rm --read-only --tmpfs /tmp --publish 127.0.0.1:8000:8000 headscope
#         and open the link that it prints. For other machines, NAME being this one's name or address:
#         docker run --rm --read-only --tmpfs /tmp --publish 8000:8000 headscope serve --host 0.0.0.0 --allowed-host NAME
# It has no browser: figures as pdf and png are refused there with a sentence (docs/operating.md).
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG MODELS="minilm-l6 smollm2-135m-q4"
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv /opt/headscope
ENV PATH=/opt/headscope/bin:${PATH}
WORKDIR /src
COPY constraints.txt ./
RUN pip install --constraint constraints.txt --extra-index-url "${TORCH_INDEX}" torch
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY static static
COPY templates templates
RUN pip install --constraint constraints.txt .
ENV HEADSCOPE_CACHE_DIR=/opt/models
RUN mkdir /opt/models && for model in ${MODELS}; do headscope models install "${model}" || exit 1; done \
    && chmod --recursive a+rX /opt/models

FROM ${BASE}
LABEL org.opencontainers.image.title="Headscope" \
      org.opencontainers.image.description="See what every attention head of a transformer looks at" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/headscope /opt/headscope
COPY --from=build /opt/models /opt/models
# Nothing can be written to /opt/models, so traces stay in memory, however long.
# /data takes what the Hub sends; without a volume there only the models baked in can be shown.
RUN useradd --uid 10001 --home-dir /data --create-home headscope
ENV PATH=/opt/headscope/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HEADSCOPE_CACHE_DIR=/opt/models \
    HEADSCOPE_MAX_MAPPED_BYTES=0 \
    HF_HOME=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["headscope"]
CMD ["serve", "--host", "0.0.0.0"]
