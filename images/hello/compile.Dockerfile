FROM dockyard/toolchain:13 AS build
WORKDIR /src
COPY hello.c copyright /src/
RUN set -eu; \
    . /usr/local/lib/build-flags; \
    mkdir /out; \
    gcc $CFLAGS $LDFLAGS -Wall -Werror -static-pie -s -o /out/hello hello.c; \
    # The C library is in the program.
    install -D --mode 644 copyright /out/usr/share/doc/hello/copyright; \
    install -D --mode 644 /usr/share/doc/libc6/copyright /out/usr/share/doc/libc6/copyright

FROM scratch
COPY --from=build /out/ /
