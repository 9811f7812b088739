FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
WORKDIR /src
RUN --mount=type=bind,from=sources,source=memcached.tar.xz,target=/memcached.tar.xz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /memcached.tar.xz --strip-components 1 --no-same-owner; \
    . /usr/local/lib/build-flags; \
    ./configure --enable-extstore --enable-proxy --enable-sasl --enable-sasl-pwdb --enable-tls; \
    make --directory vendor; \
    make --jobs "$(nproc)" memcached memcached-debug testapp timedrun; \
    # Upstream's tests in C take seconds; those in Perl take minutes.
    ./testapp; \
    install -D memcached /out/image/usr/local/bin/memcached; \
    install -D --mode 644 COPYING /out/image/usr/share/doc/memcached/copyright; \
    install --mode 644 LICENSE.bipbuffer /out/image/usr/share/doc/memcached; \
    split-debug /out/image /out/debug

FROM scratch
COPY --from=build /out/ /
