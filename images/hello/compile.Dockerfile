FROM dockyard/toolchain:13 AS build
COPY hello.c /src/
RUN mkdir -p /out && gcc -O2 -static -s -Wall -Werror -o /out/hello /src/hello.c

FROM scratch
COPY --from=build /out/ /
