# The image of berthd, on Debian 12.
#   docker build -t berth .
# deploy/README.md, "In a container", tells how to run it.

FROM debian:12-slim AS build
WORKDIR /src
COPY deploy/install-packages deploy/packages deploy/
RUN apt-get update && deploy/install-packages build
COPY CMakeLists.txt ./
COPY proto proto
COPY server server
COPY client client
COPY lua-client lua-client
# As many compilers as cores. Each takes up to 1.5 GB of memory; where that is
# too much: --build-arg JOBS=1.
ARG JOBS=
RUN cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
    && cmake --build build --parallel "${JOBS:-$(nproc)}" --target berthd berthctl
# What the image gets, and the packages of the libraries that its programs name
# themselves; apt knows what those need. The configuration has every setting at
# its default: a file mounted over it replaces it, and the environment wins over
# both.
COPY LICENSE ./
COPY deploy/config/berthd.yaml deploy/config/
RUN umask 022 && cd build \
    && mkdir -p /image/usr/local/bin /image/usr/local/lib \
    && cp server/berthd client/berthctl /image/usr/local/bin/ \
    && cp -P client/libberth_client.so.* /image/usr/local/lib/ \
    && libraries=$(find /image -type f -exec objdump -p {} + \
         | awk '$1 == "NEEDED" && $2 !~ /^libberth_/ { print $2 }' | sort -u) \
    && packages=$(for library in $libraries; do \
         dpkg-query -S "*/$library" || exit 1; \
       done) \
    && echo "$packages" | cut -d: -f1 | sort -u >/packages \
    && install -D -m 644 ../deploy/config/berthd.yaml /image/etc/berth/berthd.yaml \
    && install -D -m 644 ../LICENSE /image/usr/local/share/berth/LICENSE

FROM debian:12-slim
LABEL org.opencontainers.image.title="Berth" \
      org.opencontainers.image.description="A gRPC service in front of MariaDB" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /packages /usr/local/share/berth/packages
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
         ca-certificates $(cat /usr/local/share/berth/packages) \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/* \
         /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log \
    && groupadd --gid 7390 berth \
    && useradd --uid 7390 --gid berth --no-create-home --home-dir /nonexistent \
         --shell /usr/sbin/nologin berth
COPY --from=build /image/ /
# Fails here, and not when it is deployed, if a library is missing.
RUN ldconfig && berthd --version

# By number, so that Kubernetes can see that it is not root. Nothing is ever
# written: the root may be read-only.
USER 7390:7390
# gRPC.
EXPOSE 7390
# Healthy is who can serve, which needs MariaDB. Where `listen` is not port 7390,
# BERTH_ENDPOINT tells berthctl where to ask. Kubernetes' gRPC probes ask by
# themselves.
HEALTHCHECK --start-period=30s --interval=10s --timeout=6s --retries=3 \
  CMD ["berthctl", "health"]

# berthd is process 1 itself: it ends on SIGTERM within ten seconds, and it
# has no children. Not an ENTRYPOINT, so that every program of the image can be
# named: docker run berth berthd --print-config
CMD ["berthd", "--config", "/etc/berth/berthd.yaml"]
