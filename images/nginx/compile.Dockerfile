FROM dockyard/toolchain:13 AS build
RUN --mount=type=bind,from=sources,source=packages,target=/packages \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/*.deb
WORKDIR /src
RUN --mount=type=bind,from=sources,source=nginx.tar.xz,target=/nginx.tar.xz \
    --mount=type=bind,from=sources,source=ngx_brotli.tar.gz,target=/ngx_brotli.tar.gz \
    --mount=type=cache,target=/var/cache/ccache \
    set -eu; \
    tar --extract --file /nginx.tar.xz --strip-components 1 --no-same-owner; \
    mkdir ngx_brotli; \
    tar --extract --file /ngx_brotli.tar.gz --directory ngx_brotli --strip-components 1 --no-same-owner; \
    . /usr/local/lib/build-flags; \
    # /var/cache/nginx is the one folder that nginx writes to: whoever may write there can run it.
    ./configure \
      --prefix=/etc/nginx --conf-path=/etc/nginx/nginx.conf --sbin-path=/usr/sbin/nginx --modules-path=/usr/lib/nginx/modules \
      --error-log-path=/var/log/nginx/error.log --http-log-path=/var/log/nginx/access.log \
      --pid-path=/var/cache/nginx/nginx.pid --lock-path=/var/cache/nginx/nginx.lock \
      --http-client-body-temp-path=/var/cache/nginx/client_temp --http-proxy-temp-path=/var/cache/nginx/proxy_temp \
      --http-fastcgi-temp-path=/var/cache/nginx/fastcgi_temp --http-uwsgi-temp-path=/var/cache/nginx/uwsgi_temp \
      --http-scgi-temp-path=/var/cache/nginx/scgi_temp \
      --user=nginx --group=nginx --with-compat --with-file-aio --with-threads --with-pcre-jit \
      --with-http_addition_module --with-http_auth_request_module --with-http_dav_module --with-http_flv_module \
      --with-http_gunzip_module --with-http_gzip_static_module --with-http_mp4_module --with-http_random_index_module \
      --with-http_realip_module --with-http_secure_link_module --with-http_slice_module --with-http_ssl_module \
      --with-http_stub_status_module --with-http_sub_module --with-http_v2_module --with-http_v3_module \
      --with-stream --with-stream_realip_module --with-stream_ssl_module --with-stream_ssl_preread_module \
      --add-module=ngx_brotli --with-cc-opt="$CFLAGS" --with-ld-opt="$LDFLAGS"; \
    make --jobs "$(nproc)"; \
    make install DESTDIR=/out/image; \
    mkdir -p /out/image/usr/share/nginx /out/image/usr/lib/nginx/modules; \
    mv /out/image/etc/nginx/html /out/image/usr/share/nginx/html; \
    rm -r /out/image/var /out/image/etc/nginx/*.default /out/image/etc/nginx/nginx.conf; \
    install -D --mode 644 LICENSE /out/image/usr/share/doc/nginx/copyright; \
    install -D --mode 644 ngx_brotli/LICENSE /out/image/usr/share/doc/ngx_brotli/copyright; \
    split-debug /out/image /out/debug

FROM scratch
COPY --from=build /out/ /
