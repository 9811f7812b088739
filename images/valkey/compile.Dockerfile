FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
ARG TARGETARCH
# Valkey writes the time of the build into the binary, unless this is set.
ARG SOURCE_DATE_EPOCH
WORKDIR /src
RUN --mount=type=bind,from=sources,source=valkey.tar.gz,target=/valkey.tar.gz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /valkey.tar.gz --strip-components 1 --no-same-owner; \
    # arm64 kernels have pages of 4, 16 or 64 KiB: jemalloc must be ready for the largest.
    if [ "$TARGETARCH" = arm64 ]; then export JEMALLOC_CONFIGURE_OPTS=--with-lg-page=16; fi; \
    . /usr/local/lib/build-flags; \
    # Upstream's optimization, also for what is linked in: it takes the same flags.
    CFLAGS="$CFLAGS -O3"; \
    make --jobs "$(nproc)" BUILD_TLS=yes MALLOC=jemalloc; \
    make install PREFIX=/out/image/usr/local; \
    install -D --mode 644 COPYING /out/image/usr/share/doc/valkey/copyright; \
    split-debug /out/image /out/debug

# Upstream's tests without the slow ones, as upstream runs them for every change, and without those of how far and how fast memory is
# defragmented, which a busy machine fails.
FROM build AS check
# Podman gives a build without a network no names.
RUN grep -qw localhost /etc/hosts || echo 127.0.0.1 localhost >> /etc/hosts; \
    ./runtest --tags -slow --clients "$(($(nproc) * 2))" --skipunit unit/memefficiency

FROM scratch
COPY --from=build /out/ /
