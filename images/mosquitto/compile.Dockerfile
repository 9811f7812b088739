FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
WORKDIR /src
RUN --mount=type=bind,from=sources,source=mosquitto.tar.gz,target=/mosquitto.tar.gz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /mosquitto.tar.gz --strip-components 1 --no-same-owner; \
    . /usr/local/lib/build-flags; \
    cmake -B out -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_SKIP_RPATH=ON \
      -DHTTP_API_DIR=/usr/share/mosquitto/dashboard -DWITH_DOCS=OFF -DWITH_LTO=OFF -DWITH_PLUGIN_EXAMPLES=OFF -DWITH_TESTS=OFF; \
    cmake --build out --parallel "$(nproc)"; \
    DESTDIR=/out/image cmake --install out; \
    # What other programs are compiled with, and examples.
    rm -r /out/image/usr/etc /out/image/usr/include /out/image/usr/lib/pkgconfig /out/image/usr/lib/lib*.so /out/image/usr/lib/libmosquittopp.so.*; \
    mkdir -p /out/image/usr/share/mosquitto; \
    cp -r dashboard/src /out/image/usr/share/mosquitto/dashboard; \
    install -D --mode 644 LICENSE.txt /out/image/usr/share/doc/mosquitto/copyright; \
    install --mode 644 NOTICE.md edl-v10 epl-v20 /out/image/usr/share/doc/mosquitto; \
    split-debug /out/image /out/debug

FROM scratch
COPY --from=build /out/ /
