FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
WORKDIR /src
RUN --mount=type=bind,from=sources,source=haproxy.tar.gz,target=/haproxy.tar.gz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /haproxy.tar.gz --strip-components 1 --no-same-owner; \
    . /usr/local/lib/build-flags; \
    make --jobs "$(nproc)" TARGET=linux-glibc CFLAGS="$CFLAGS" LDFLAGS="$LDFLAGS" \
      USE_GETADDRINFO=1 USE_LUA=1 LUA_LIB_NAME=lua5.4 LUA_INC=/usr/include/lua5.4 USE_OPENSSL=1 USE_PCRE2=1 USE_PCRE2_JIT=1 \
      USE_PROMEX=1 USE_QUIC=1; \
    make install-bin DESTDIR=/out/image PREFIX=/usr/local; \
    install -D --mode 644 --target-directory /out/image/usr/local/etc/haproxy/errors examples/errorfiles/*.http; \
    install -D --mode 644 LICENSE /out/image/usr/share/doc/haproxy/copyright; \
    install --mode 644 doc/gpl.txt doc/lgpl.txt /out/image/usr/share/doc/haproxy; \
    split-debug /out/image /out/debug

FROM scratch
COPY --from=build /out/ /
