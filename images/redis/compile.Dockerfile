FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    apt-get install --yes --no-install-recommends /packages/*.deb
ARG TARGETARCH
# Redis writes the time of the build into the binary, unless this is set.
ARG SOURCE_DATE_EPOCH
WORKDIR /src
RUN --mount=type=bind,from=sources,source=redis.tar.gz,target=/redis.tar.gz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /redis.tar.gz --strip-components 1 --no-same-owner; \
    # arm64 kernels have pages of 4, 16 or 64 KiB: jemalloc must be ready for the largest.
    if [ "$TARGETARCH" = arm64 ]; then export JEMALLOC_CONFIGURE_OPTS=--with-lg-page=16; fi; \
    make --jobs "$(nproc)" BUILD_TLS=yes MALLOC=jemalloc \
      REDIS_CFLAGS="-fstack-protector-strong -D_FORTIFY_SOURCE=3" REDIS_LDFLAGS="-Wl,-z,relro,-z,now"; \
    make install PREFIX=/out/usr/local; \
    strip /out/usr/local/bin/redis-server /out/usr/local/bin/redis-cli /out/usr/local/bin/redis-benchmark; \
    install -D --mode 644 LICENSE.txt /out/usr/share/doc/redis/copyright

FROM scratch
COPY --from=build /out/ /
