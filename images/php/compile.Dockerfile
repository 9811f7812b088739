FROM dockyard/toolchain:13 AS build
# What `php -v` and phpinfo() tell of the build.
ARG SOURCE_DATE_EPOCH
ENV PHP_UNAME=Linux PHP_BUILD_PROVIDER=Dockyard
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
WORKDIR /src
# `cli` and `fpm` are compiled alike, so that ccache has the objects of the second one. What follows `=shared` is an extension that
# waits to be enabled.
ARG VARIANT
RUN --mount=type=bind,from=sources,source=php.tar.xz,target=/php.tar.xz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /php.tar.xz --strip-components 1 --no-same-owner; \
    . /usr/local/lib/build-flags; \
    # As a library: constants of libxml2 would else be copied into the program, and libxslt, which comes with an extension, takes
    # no text for text whose name lies elsewhere.
    CFLAGS="$CFLAGS -fPIC" CXXFLAGS="$CXXFLAGS -fPIC"; \
    case "$VARIANT" in \
      zts) set -- --enable-zts --disable-zend-signals --enable-zend-max-execution-timers ;; \
      *) set -- --enable-fpm --with-fpm-user=www-data --with-fpm-group=www-data ;; \
    esac; \
    ./configure "$@" --enable-option-checking=fatal \
      --prefix=/usr/local --with-config-file-path=/usr/local/etc/php --with-config-file-scan-dir=/usr/local/etc/php/conf.d \
      --disable-cgi --disable-phpdbg \
      --enable-mbstring --enable-mysqlnd --with-curl --with-external-pcre --with-libedit --with-openssl --with-password-argon2 --with-zlib \
      --enable-bcmath=shared --enable-calendar=shared --enable-exif=shared --enable-ftp=shared --enable-gd=shared --enable-intl=shared \
      --enable-pcntl=shared --enable-shmop=shared --enable-soap=shared --enable-sockets=shared --enable-sysvmsg=shared \
      --enable-sysvsem=shared --enable-sysvshm=shared --with-bz2=shared --with-gettext=shared --with-gmp=shared --with-mysqli=shared \
      --with-pdo-mysql=shared --with-pdo-pgsql=shared --with-pgsql=shared --with-sodium=shared --with-xsl=shared --with-zip=shared \
      --with-freetype --with-jpeg --with-webp; \
    make --jobs "$(nproc)"
# Of upstream's tests those of parts that stand on libraries of Debian; all of them take hours.
RUN set -eu; \
    # Debian's PCRE2 says "atomic assertion", which the tests of 8.2 don't expect yet.
    sed -i 's/failed: assertion expected/failed: atomic assertion expected/' ext/pcre/tests/bug75457.phpt; \
    SKIP_ONLINE_TESTS=1 NO_INTERACTION=1 TEST_PHP_ARGS="-q -j$(nproc)" \
    make test TESTS='ext/bcmath ext/json ext/pcre ext/pdo_sqlite ext/simplexml ext/sqlite3 Zend/tests/fibers'
RUN set -eu; \
    make install INSTALL_ROOT=/out/image; \
    cd /out/image/usr/local; \
    # php-fpm is linked with `cli` too, and with `zts` nothing of it is there.
    [ "$VARIANT" = fpm ] || rm -rf sbin etc/php-fpm*; \
    rm -rf php var; \
    # Packed as a phar it would hold the time of its making.
    rm bin/phar bin/phar.phar; \
    { echo '#!/usr/local/bin/php'; cat /src/ext/phar/phar.php; } > bin/phar; \
    chmod 755 bin/phar; \
    find . -name '*.la' -delete; \
    install -D --mode 644 --target-directory etc/php /src/php.ini-development /src/php.ini-production; \
    cd /src; \
    install -D --mode 644 LICENSE /out/image/usr/share/doc/php/copyright; \
    for file in README.REDIST.BINS $(find Zend TSRM sapi ext main -name 'LICENSE*'); do \
      install -D --mode 644 "$file" "/out/image/usr/share/doc/php/$file"; \
    done; \
    split-debug /out/image /out/debug

FROM scratch
COPY --from=build /out/ /
