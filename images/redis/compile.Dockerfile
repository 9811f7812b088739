FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
ARG TARGETARCH
# Redis writes the time of the build into the binary, unless this is set.
ARG SOURCE_DATE_EPOCH
WORKDIR /src
RUN --mount=type=bind,from=sources,source=redis.tar.gz,target=/redis.tar.gz \
    --mount=type=bind,from=sources,source=debian.tar.xz,target=/debian.tar.xz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /redis.tar.gz --strip-components 1 --no-same-owner; \
    tar --extract --file /debian.tar.xz --no-same-owner debian/patches; \
    # Fixes of known holes, and nothing else of Debian's.
    for fix in debian/patches/*-CVE-*.patch; do patch --strip 1 --fuzz 0 --input "$fix"; done; \
    # arm64 kernels have pages of 4, 16 or 64 KiB: jemalloc must be ready for the largest.
    if [ "$TARGETARCH" = arm64 ]; then export JEMALLOC_CONFIGURE_OPTS=--with-lg-page=16; fi; \
    . /usr/local/lib/build-flags; \
    # Upstream's optimization, also for what is linked in: it takes the same flags.
    CFLAGS="$CFLAGS -O3"; \
    make --jobs "$(nproc)" BUILD_TLS=yes MALLOC=jemalloc; \
    make install PREFIX=/out/image/usr/local; \
    install -D --mode 644 LICENSE.txt /out/image/usr/share/doc/redis/copyright; \
    split-debug /out/image /out/debug

# Upstream's tests without the slow ones, as upstream runs them for every change, and without those of how far and how fast memory is
# defragmented, which a busy machine fails. They are those of the release: Debian's fixes bring along tests of newer lines, which use
# what this line lacks.
FROM build AS check
RUN --mount=type=bind,from=sources,source=redis.tar.gz,target=/redis.tar.gz \
    set -eu; \
    rm -r tests; \
    tar --extract --file /redis.tar.gz --strip-components 1 --no-same-owner --wildcards '*/tests'; \
    # Podman gives a build without a network no names.
    grep -qw localhost /etc/hosts || echo 127.0.0.1 localhost >> /etc/hosts; \
    ./runtest --tags -slow --clients "$(($(nproc) * 2))" --skipunit unit/memefficiency

FROM scratch
COPY --from=build /out/ /
