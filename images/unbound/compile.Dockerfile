FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
# Unbound writes the time of the build into the binary, unless this is set.
ARG SOURCE_DATE_EPOCH
WORKDIR /src
RUN --mount=type=bind,from=sources,source=unbound.tar.gz,target=/unbound.tar.gz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /unbound.tar.gz --strip-components 1 --no-same-owner; \
    . /usr/local/lib/build-flags; \
    ./configure --prefix=/usr --sysconfdir=/etc --localstatedir=/var --disable-flto --disable-rpath --disable-static \
      --with-chroot-dir= --with-conf-file=/etc/unbound/unbound.conf --with-pidfile= --with-run-dir=/var/lib/unbound \
      --with-rootkey-file=/var/lib/unbound/root.key --with-username= --enable-subnet --enable-tfo-client --enable-tfo-server \
      --with-libevent --with-libnghttp2 --with-pthreads; \
    make --jobs "$(nproc)"; \
    make install DESTDIR=/out/image; \
    rm -r /out/image/etc /out/image/usr/include /out/image/usr/share /out/image/usr/lib/pkgconfig /out/image/usr/lib/*.la /out/image/usr/lib/libunbound.so; \
    install -D --mode 644 LICENSE /out/image/usr/share/doc/unbound/copyright; \
    split-debug /out/image /out/debug

# Upstream's tests: its parts alone, and the resolver against recorded conversations.
FROM build AS check
RUN --mount=type=cache,target=/var/cache/ccache make --jobs "$(nproc)" test

FROM scratch
COPY --from=build /out/ /
