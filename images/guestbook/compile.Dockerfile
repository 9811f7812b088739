# An extension of PHP, compiled as users do it.
FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
COPY --from=dockyard/php:8.4-fpm /usr/local/ /usr/local/
WORKDIR /src
RUN --mount=type=bind,from=sources,source=phpredis.tar.gz,target=/phpredis.tar.gz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /phpredis.tar.gz --no-same-owner; \
    mv redis-* phpredis; \
    docker-php-ext-install /src/phpredis; \
    mkdir -p /out/image/usr/local/etc/php/conf.d "/out/image$(php-config --extension-dir)"; \
    cp /usr/local/etc/php/conf.d/docker-php-ext-redis.ini /out/image/usr/local/etc/php/conf.d; \
    cp "$(php-config --extension-dir)/redis.so" "/out/image$(php-config --extension-dir)"; \
    install -D --mode 644 phpredis/LICENSE /out/image/usr/share/doc/phpredis/copyright; \
    split-debug /out/image /out/debug

FROM scratch
COPY --from=build /out/ /
