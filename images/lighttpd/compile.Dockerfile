FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
WORKDIR /src
# Without locks and properties of WebDAV: libxml2 brings ICU with it, which is larger than all the rest.
RUN --mount=type=bind,from=sources,source=lighttpd.tar.xz,target=/lighttpd.tar.xz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /lighttpd.tar.xz --strip-components 1 --no-same-owner; \
    # It calls OpenSSL outdated by its date, and means to leave out 3.5, but leaves out 3.5.0 alone.
    sed -i 's/OPENSSL_VERSION_NUMBER != 0x30500000L/(OPENSSL_VERSION_NUMBER >> 20) != 0x305/' src/mod_openssl.c; \
    . /usr/local/lib/build-flags; \
    cmake -B out -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_EXTRA_WARNINGS=OFF \
      -DWITH_BROTLI=ON -DWITH_LUA=ON -DWITH_OPENSSL=ON -DWITH_PCRE2=ON -DWITH_ZLIB=ON -DWITH_ZSTD=ON; \
    cmake --build out --parallel "$(nproc)"; \
    ctest --test-dir out --output-on-failure; \
    DESTDIR=/out/image cmake --install out; \
    rm -r /out/image/usr/share; \
    install -D --mode 644 doc/config/conf.d/mime.conf /out/image/etc/lighttpd/mime.conf; \
    install -D --mode 644 COPYING /out/image/usr/share/doc/lighttpd/copyright; \
    split-debug /out/image /out/debug

FROM scratch
COPY --from=build /out/ /
