# layout in a container that asks nothing of a network while it runs:
#
#     docker build -t layout .
#     docker run --rm --network none --user "$(id -u):$(id -g)" -v "$PWD:/work" layout solve --map
#
# Building needs the package index; every package is checked against its hash in locked/run.txt. Pin
# the base image by its digest where you keep your own registry.
FROM python:3.12-slim AS build
COPY locked/run.txt /src/locked/run.txt
RUN python -m venv /opt/layout \
    && /opt/layout/bin/pip install --no-cache-dir --require-hashes -r /src/locked/run.txt
COPY . /src
RUN /opt/layout/bin/pip install --no-cache-dir --no-deps /src \
    && /opt/layout/bin/pip check \
    && /opt/layout/bin/pip uninstall --yes pip

FROM python:3.12-slim
RUN useradd --create-home --uid 1000 planner \
    && install -d -m 1777 /var/cache/matplotlib \
    && install -d -o planner -g planner /work
COPY --from=build /opt/layout /opt/layout
# Any user may run it: what matplotlib remembers goes where everybody may write.
ENV PATH=/opt/layout/bin:$PATH \
    LANG=C.UTF-8 \
    MPLCONFIGDIR=/var/cache/matplotlib
USER planner
WORKDIR /work
ENTRYPOINT ["layout"]
CMD ["--help"]
