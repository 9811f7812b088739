FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
WORKDIR /src
# Without JIT: LLVM's library (26 MB compressed) nearly doubles what stands on the base, and only long analytic queries gain by it.
RUN --mount=type=bind,from=sources,source=postgresql.tar.bz2,target=/postgresql.tar.bz2 \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /postgresql.tar.bz2 --strip-components 1 --no-same-owner; \
    . /usr/local/lib/build-flags; \
    # Where clients on Debian look for the socket.
    sed -i 's|^#define DEFAULT_PGSOCKET_DIR .*|#define DEFAULT_PGSOCKET_DIR "/var/run/postgresql"|' src/include/pg_config_manual.h; \
    ./configure --prefix=/usr/local --disable-rpath --with-system-tzdata=/usr/share/zoneinfo \
      --with-gssapi --with-icu --with-ldap --with-libxml --with-libxslt --with-lz4 --with-openssl --with-pam --with-uuid=e2fs --with-zstd; \
    make --jobs "$(nproc)" world-bin; \
    make install-world-bin DESTDIR=/out/image; \
    # A server in a container is there for others.
    sed -i "s/^#listen_addresses = 'localhost'/listen_addresses = '*'/" /out/image/usr/local/share/postgresql/postgresql.conf.sample; \
    grep -q "^listen_addresses = '\*'" /out/image/usr/local/share/postgresql/postgresql.conf.sample; \
    # What extensions are compiled with stays, but for what only static programs need.
    find /out/image/usr/local/lib -name '*.a' -delete; \
    rm -r /out/image/usr/local/lib/postgresql/pgxs/src/test; \
    # The locale of most dumps.
    install --directory /out/image/usr/lib/locale; \
    localedef --inputfile en_US --charmap UTF-8 --no-archive --prefix /out/image en_US.UTF-8; \
    install -D --mode 644 COPYRIGHT /out/image/usr/share/doc/postgresql/copyright; \
    split-debug /out/image /out/debug

# Upstream's tests: SQL, isolation of transactions, and all extensions. A server refuses to run as root.
FROM build AS check
RUN chown --recursive nobody:nogroup /src && \
    setpriv --reuid nobody --regid nogroup --clear-groups env HOME=/src CCACHE_DISABLE=1 make check-world

FROM scratch
COPY --from=build /out/ /
