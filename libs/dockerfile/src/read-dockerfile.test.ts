import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from '@dockyard/diagnostic';
import type { ParsedDockerfile } from './parsed.ts';
import { readDockerfile } from './read-dockerfile.ts';

const FILE = 'images/x/Dockerfile';
const OPTIONS = { namespace: 'dockyard', buildArgs: { VERSION: '8.0.2' } };
const DIGEST = `sha256:${'a'.repeat(64)}`;

function good(text: string): ParsedDockerfile {
  const result = readDockerfile(text, FILE, OPTIONS);
  if (!result.ok) throw new Error(formatDiagnostics(result.diagnostics));
  return result.value;
}

function bad(text: string): string {
  const result = readDockerfile(text, FILE, OPTIONS);
  return result.ok ? 'no mistake found' : formatDiagnostics(result.diagnostics);
}

const references = (text: string) =>
  good(text).references.map(({ kind, value, line, column }) => [kind, value, line, column]);
const paths = (text: string) => good(text).contextPaths.map(({ path }) => path);

describe('references', () => {
  it('are told apart', () => {
    const parsed = good(`FROM dockyard/toolchain:13 AS build
COPY --from=sources a.tar.gz /
RUN --mount=type=cache,target=/c --mount=type=bind,from=dockyard/hello:1,target=/h make
FROM build
FROM scratch
COPY --from=0 /a /
COPY --chown=1:1 --from=build /a /
COPY --from=artifacts / /
COPY --from=host.example:5000/tool:1@${DIGEST} /tool /
RUN --mount=from=build,target=/b --mount=type=cache,from=build,target=/c true
`);
    expect(
      parsed.references.map(({ kind, value, instruction, stage, line, column }) => [
        kind,
        value,
        instruction,
        stage,
        line,
        column,
      ]),
    ).toEqual([
      ['workspace', 'dockyard/toolchain:13', 'FROM', 'build', 1, 6],
      ['context', 'sources', 'COPY', 'build', 2, 13],
      ['workspace', 'dockyard/hello:1', 'RUN', 'build', 3, 57],
      ['stage', 'build', 'FROM', 1, 4, 6],
      ['scratch', 'scratch', 'FROM', 2, 5, 6],
      ['stage', '0', 'COPY', 2, 6, 13],
      ['stage', 'build', 'COPY', 2, 7, 25],
      ['context', 'artifacts', 'COPY', 2, 8, 13],
      ['external', `host.example:5000/tool:1@${DIGEST}`, 'COPY', 2, 9, 13],
      ['stage', 'build', 'RUN', 2, 10, 18],
      ['stage', 'build', 'RUN', 2, 10, 58],
    ]);
    expect(parsed.references[0]).toMatchObject({ image: 'toolchain', tag: '13' });
    expect(parsed.references[8]).toMatchObject({ image: 'host.example:5000/tool', tag: '1', digest: DIGEST });
    expect(parsed.references[5]).toMatchObject({ stageIndex: 0 });
    expect(parsed.stages.map(({ index, name, line, base }) => [index, name, line, base.kind])).toEqual([
      [0, 'build', 1, 'workspace'],
      [1, undefined, 4, 'stage'],
      [2, undefined, 5, 'scratch'],
    ]);
    expect(parsed.file).toBe(FILE);
  });

  it('may be external without a digest here, since only the workspace judges that', () => {
    expect(references('FROM debian')).toEqual([['external', 'debian', 1, 6]]);
    expect(references('FROM debian:13')).toEqual([['external', 'debian:13', 1, 6]]);
  });

  it('may be the artifacts as a base, and take a platform variable', () => {
    expect(references('FROM --platform=$TARGETPLATFORM artifacts')).toEqual([['context', 'artifacts', 1, 33]]);
  });

  it('know the namespace they were given', () => {
    const result = readDockerfile('FROM acme/x:1', FILE, { namespace: 'acme', buildArgs: {} });
    expect(result.ok && result.value.references[0]).toMatchObject({ kind: 'workspace', image: 'x', tag: '1' });
  });
});

describe('variables', () => {
  it('before the first FROM are what FROM sees', () => {
    const text = 'ARG TAG=13\nARG BASE="dockyard/debian:${TAG:-12}"\nFROM ${BASE}';
    expect(good(text).references[0]).toMatchObject({
      raw: '${BASE}',
      value: 'dockyard/debian:13',
      kind: 'workspace',
      tag: '13',
    });
    expect(good(text).args).toEqual(['TAG', 'BASE']);
    expect(references('FROM dockyard/debian:${TAG:-12}')).toEqual([['workspace', 'dockyard/debian:12', 1, 6]]);
    expect(references("ARG A='$B'\nARG A=1\nFROM dockyard/a:$A")).toEqual([['workspace', 'dockyard/a:1', 3, 6]]);
  });

  it('that the build passes win over defaults', () => {
    expect(references('ARG VERSION=1\nFROM dockyard/redis:$VERSION')).toEqual([
      ['workspace', 'dockyard/redis:8.0.2', 2, 6],
    ]);
    expect(references('ARG VERSION\nFROM dockyard/redis:$VERSION')).toEqual([
      ['workspace', 'dockyard/redis:8.0.2', 2, 6],
    ]);
  });

  it('of a stage come from ARG, ENV and the ENV of the stage it builds on; those of one ENV are as they were before it', () => {
    const text = `ARG TAG=13
FROM scratch AS one
ARG TAG
ARG VERSION
ENV DIR=conf-$VERSION QUOTED="a b"
ENV LEGACY some words
FROM one
ARG TAG
ENV DIR=new OTHER=$DIR
COPY $DIR/$TAG "$QUOTED" $LEGACY $OTHER /
`;
    expect(paths(text)).toEqual(['new/13', 'a b', 'some words', 'conf-8.0.2']);
  });

  it('that are global must be named again in a stage', () => {
    expect(bad('ARG DIR=a\nFROM scratch\nCOPY $DIR /')).toBe(
      `${FILE}:3:6  DIR in "$DIR" has no value in this stage\n    write ARG DIR in this stage`,
    );
    expect(paths('ARG DIR=a\nFROM scratch\nARG DIR\nCOPY $DIR /')).toEqual(['a']);
    expect(paths('ARG DIR=a\nFROM scratch\nARG DIR=b\nCOPY $DIR /')).toEqual(['b']);
    expect(bad('FROM scratch\nCOPY $DIR /')).toContain('write ARG DIR=<value> in this stage');
    expect(bad('FROM scratch\nENV A=x$DIR\nCOPY $A /')).toContain('DIR in "$A" has no value');
  });

  it('that are arguments of the stage a stage builds on must be named again, since Podman does not hand them down', () => {
    const text = 'FROM scratch AS one\nARG TAG=13\nFROM one\n';
    expect(bad(`${text}COPY $TAG /`)).toContain(`${FILE}:4:6  TAG in "$TAG" has no value in this stage`);
    expect(bad(`${text}COPY \${TAG:-x} /`)).toContain(`${FILE}:4:6  TAG in "\${TAG:-x}" has no value in this stage`);
    expect(paths(`${text}ARG TAG=12\nCOPY $TAG /`)).toEqual(['12']);
  });

  it('of the platform may have a default, which both engines then take', () => {
    expect(paths('FROM scratch\nARG TARGETARCH=x\nCOPY $TARGETARCH /')).toEqual(['x']);
  });

  it('of the platform are wildcards in paths and refused in FROM', () => {
    expect(
      paths('FROM scratch\nARG TARGETARCH\nARG TARGETPLATFORM\nCOPY bin-$TARGETARCH/a b/$TARGETPLATFORM /'),
    ).toEqual(['bin-*/a', 'b/**']);
    expect(bad('ARG BASE=dockyard/$TARGETARCH\nFROM $BASE:1')).toBe(
      `${FILE}:2:6  "$BASE:1" depends on TARGETARCH, which differs between builds of one image\n` +
        '    name one image for all platforms: an image of this repository, or the digest of an index',
    );
    const known = readDockerfile('FROM dockyard/a:$SOURCE_DATE_EPOCH', FILE, {
      namespace: 'dockyard',
      buildArgs: { SOURCE_DATE_EPOCH: '1' },
    });
    expect(known.ok && known.value.references[0]?.tag).toBe('1');
  });

  it('without a value are refused in FROM', () => {
    expect(bad('FROM dockyard/debian:$TAG')).toContain(
      'TAG in "dockyard/debian:$TAG" is not declared before the first FROM',
    );
    expect(bad('ARG TAG\nFROM dockyard/debian:$TAG')).toContain('this one has no default');
    expect(bad('FROM scratch\nARG TAG=1\nFROM dockyard/debian:$TAG')).toContain(
      'FROM sees the ARGs before the first FROM',
    );
    expect(bad('ARG constructor\nFROM $constructor')).toContain('no default');
  });

  it('name a stage in FROM', () => {
    const read = good('ARG VARIANT=a\nFROM scratch AS a\nFROM scratch AS b\nFROM $VARIANT');
    expect(read.references.at(-1)).toMatchObject({ kind: 'stage', raw: '$VARIANT', value: 'a', stageIndex: 0 });
  });

  it('cannot stand in from=', () => {
    expect(bad('ARG S=a\nFROM scratch AS a\nFROM scratch\nARG S\nCOPY --from=$S / /')).toContain(
      `${FILE}:5:13  found "$S"; allowed: a name without variables`,
    );
    expect(bad('FROM scratch AS a\nFROM scratch\nRUN --mount=from=$S,target=/x true')).toContain('3:18  found "$S"');
  });
});

describe('the build context', () => {
  it('gives what COPY, ADD and bind mounts take', () => {
    const text = `FROM scratch
COPY ./rootfs/ /etc//passwd /
COPY ["with space", "b", "/"]
ADD --chmod=755 rootfs.tar /
COPY . /
COPY *.conf /
COPY "quoted" '$single' /
RUN --mount=source=patches,target=/p --mount=type=bind,target=/all --mount=type=tmpfs,target=/t true
RUN --mount=type=bind,src=./a/./b,dst=/b --mount=type=secret,id=x true
COPY \\
  # a comment
  one \\

  two /
`;
    expect(paths(text)).toEqual([
      'rootfs',
      'etc/passwd',
      'with space',
      'b',
      'rootfs.tar',
      '.',
      '*.conf',
      'quoted',
      '$single',
      'patches',
      '.',
      'a/b',
      'one',
      'two',
    ]);
    expect(good(text).contextPaths.at(-1)?.line).toBe(14);
  });

  it('does not give what comes from elsewhere', () => {
    expect(
      paths('FROM scratch AS a\nFROM scratch\nCOPY --from=a x /\nRUN --mount=from=a,source=x,target=/x true'),
    ).toEqual([]);
  });

  it('is not climbed out of', () => {
    expect(bad('FROM scratch\nCOPY ../x /')).toContain(`${FILE}:2:6  "../x" climbs out of the folder of the image`);
    expect(bad('FROM scratch\nRUN --mount=source=a/../..,target=/x true')).toContain('climbs out');
  });
});

describe('the text', () => {
  it('may have CRLF, a byte order mark and another escape character', () => {
    const text = '\uFEFF# escape=`\r\nARG A=13\r\nFROM `\r\n  dockyard/debian:$A\r\nCOPY a`\r\n  b /\r\n';
    expect(references(text)).toEqual([['workspace', 'dockyard/debian:13', 4, 3]]);
    expect(paths(text)).toEqual(['a', 'b']);
    expect(bad('# escape=`\nFROM scratch\nCOPY C:\\x /')).toContain('the engines do not agree on what a backslash');
  });

  it('may have words and instructions in any case, and comments', () => {
    expect(references('# comment\n\nfrom scratch as a\n # more\nFrom a')).toEqual([
      ['scratch', 'scratch', 3, 6],
      ['stage', 'a', 5, 6],
    ]);
  });

  it('may go on over lines, within words and with comments and blank lines in between', () => {
    const text = 'FROM scr\\  \r\n  # a comment \\\r\n\r\natch\nCOPY a\\\n\\\n \\\nb \\\n#\n /x\\\n';
    expect(references(text)).toEqual([['scratch', 'scratch', 1, 6]]);
    expect(paths(text)).toEqual(['a', 'b']);
    expect(bad('FROM scratch\nCOPY \\\n  ../a /')).toContain(`${FILE}:3:3`);
  });

  it('may hold several ARGs on one line, and options in quotes', () => {
    const text = 'ARG A=1 B="2 3"\nFROM scratch AS s\nFROM scratch\nARG B C=$B\nCOPY --from="s" a /\nCOPY $C /';
    expect(good(text).args).toEqual(['A', 'B', 'C']);
    expect(paths(text)).toEqual(['2 3']);
    expect(references(text)[2]).toEqual(['stage', 's', 5, 13]);
  });

  it('may hold shifts, here-strings and every common instruction', () => {
    const text = `FROM scratch
RUN echo $((1 << 2)) $((1<<2)) && cat <<< x
RUN ["/bin/true"]
ENV A=b C=d
LABEL a.b=c "d e"=f
SHELL ["/bin/sh", "-c"]
HEALTHCHECK --interval=1s --timeout=1s --start-period=1s --retries=3 CMD ["/x"]
HEALTHCHECK NONE
EXPOSE 80
USER 1000
WORKDIR /x
VOLUME /x
STOPSIGNAL SIGTERM
ENTRYPOINT ["/x"]
CMD []
MAINTAINER me
`;
    expect(bad(text)).toBe('no mistake found');
  });
});

describe('bad input', () => {
  it('is told of all at once, in the order of the file', () => {
    const result = readDockerfile('RUN x\nFROM\nFRMO x\nCOPY a\nCOPY --from=nope / /\n', FILE, OPTIONS);
    expect(result.ok ? [] : result.diagnostics.map(({ line, column }) => `${line}:${column}`)).toEqual([
      '1:1',
      '2:1',
      '3:1',
      '4:1',
      '5:13',
    ]);
  });

  it.each([
    ['', 'the file has no FROM'],
    ['ARG A', 'the file has no FROM'],
    ['FRMO scratch', `${FILE}:1:1  unknown instruction "FRMO"; allowed: ADD, ARG, CMD`],
    ['FRMO scratch', 'did you mean FROM?'],
    ['FROM scratch\ntoString x', 'unknown instruction "toString"'],
    ['FROM scratch\n<<<<<<< ours', 'unknown instruction "<<<<<<<"'],
    ['RUN x\nFROM scratch', `${FILE}:1:1  RUN stands before the first FROM; allowed there: ARG`],
    ['FROM', 'FROM lacks arguments; allowed: FROM <image> [AS <stage>]'],
    ['FROM a b', 'found FROM "a b"; allowed: FROM <image> [AS <stage>]'],
    ['FROM a AS', 'found FROM "a AS"'],
    ['FROM scratch AS 1a', 'found the stage name "1a"; allowed: lower-case letters'],
    ['FROM scratch AS Build', 'name it build'],
    ['FROM scratch AS a\nFROM scratch AS a', `${FILE}:2:17  a stage is already named a, on line 1`],
    ['FROM scratch AS scratch', 'a stage cannot be named scratch'],
    ['FROM scratch AS sources', 'a stage cannot be named sources: the build context of that name'],
    ['FROM scratch AS artifacts\nCOPY --from=artifacts / /', 'a stage cannot be named artifacts'],
    ['FROM sources', 'sources is a folder of files, not an image'],
    ['FROM dockyard/x', 'found "dockyard/x"; allowed for an image of this repository: dockyard/<image>:<tag>'],
    [`FROM dockyard/x:1@${DIGEST}`, 'without a digest'],
    ['FROM dockyard/x/y:1', 'allowed for an image of this repository'],
    ['FROM dockyard/X:1', 'allowed for an image of this repository'],
    ['FROM Debian:13', '"Debian:13" is no image reference'],
    ['FROM debian@sha256:abc', 'is no image reference'],
    ['FROM --platform=linux/arm64 scratch', 'found --platform=linux/arm64; allowed: --platform=$TARGETPLATFORM'],
    ['FROM scratch AS build\nFROM biuld', 'unknown stage "biuld"; allowed: build, artifacts'],
    ['FROM later\nFROM scratch AS later', 'the stage later is not there yet: it begins on line 2'],
    ['FROM ${A', 'cannot be read'],
    [
      'FROM scratch AS build\nFROM scratch\nCOPY --from=biuld / /',
      `${FILE}:3:13  unknown stage "biuld"; allowed: build, sources`,
    ],
    ['FROM scratch AS build\nFROM scratch\nCOPY --from=biuld / /', 'did you mean build?'],
    ['FROM scratch\nCOPY --from=nothing / /', 'unknown stage "nothing"'],
    ['FROM scratch\nRUN --mount=from=souces,target=/x true', `${FILE}:2:18  unknown stage "souces"`],
    ['FROM scratch\nFROM scratch\nRUN --mount=from=0,target=/x true', `${FILE}:3:18  found from=0; allowed: names`],
    ['FROM scratch\n\\\n', `${FILE}:2:1  unknown instruction ""`],
    ['FROM scratch\nCOPY $- /', '$- is outside the dialect'],
    ['FROM scratch\nARG A\nCOPY $Aé /', '$Aé is outside the dialect'],
    ['FROM scratch\nENV A=b\nARG A=c', `${FILE}:3:5  ARG A after ENV A is outside the dialect`],
    ['FROM scratch\nARG VERSION=${', 'cannot be read'],
    ['FROM scratch\nCOPY --from=0 / /', 'unknown stage 0; allowed: the stages before this one'],
    ['FROM scratch AS a\nCOPY --from=a / /', 'the stage a takes from itself'],
    ['FROM scratch\nCOPY --from=b / /\nFROM scratch AS b', 'the stage b is not there yet: it begins on line 3'],
    ['FROM scratch\nCOPY --from= / /', '--from lacks its value; allowed: --from=<value>'],
    ['FROM scratch\nCOPY --from / /', '--from lacks its value'],
    ['FROM scratch\nCOPY --from=0 --from=0 / /', '--from stands twice'],
    [
      'FROM scratch\nCOPY --form=a / /',
      'unknown option --form of COPY; allowed: --from, --chown, --chmod, --link\n    did you mean --from?',
    ],
    [
      'FROM scratch\nCOPY --chown=1 --chmod=4755 a /',
      `${FILE}:2:16  COPY --chmod=4755 beside --chown is outside the dialect`,
    ],
    ['FROM scratch\nRUN --mount=target=x true', 'a mount on "x" is outside the dialect that both engines take'],
    ['FROM scratch\nCOPY --link=yes a /', `${FILE}:2:6  found --link=yes; allowed: --link, --link=true, --link=false`],
    ['FROM scratch\nRUN --mount=from=sources,target=/s,rw true', `${FILE}:2:5  sources mounted for writing is outside`],
    ['FROM scratch\nRUN --mount=from=artifacts,target=/s,readwrite=true true', 'artifacts mounted for writing'],
    ['FROM scratch\nRUN --mount=from=sources,target=/s,ro=false true', 'sources mounted for writing'],
    ['FROM scratch\nRUN --mount=type=cache,from=sources,target=/s true', 'take from=sources out of the cache mount'],
    ['FROM scratch\nADD --checksum=sha256:x a /', 'list the file under `sources` in image.yaml'],
    ['FROM scratch\nRUN --network=none true', 'every build runs without a network'],
    ['FROM scratch\nHEALTHCHECK --start-interval=1s CMD x', 'HEALTHCHECK --start-interval is outside the dialect'],
    ['FROM scratch\nADD https://a.example/x /', `${FILE}:2:5  ADD "https://a.example/x" fetches from the network`],
    ['FROM scratch\nADD git@a.example:x /', 'fetches from the network'],
    ['FROM scratch\nADD me@a.example:x /', 'fetches from the network'],
    [
      'FROM scratch\nADD "https://a.example/x" /',
      'ADD "\\"https://a.example/x\\"", which is "https://a.example/x", fetches',
    ],
    [
      'FROM scratch\nARG F=http://a.example/x\nADD $F /x',
      `${FILE}:3:5  ADD "$F", which is "http://a.example/x", fetches`,
    ],
    ['FROM scratch\nARG S=https\nENV F=${S}://a.example/\nADD ["a", "${F}x", "/x"]', 'fetches from the network'],
    ['ARG F=git@a.example:x\nFROM scratch\nARG F\nADD ${F:-y} /x', 'fetches from the network'],
    [
      'FROM scratch\nARG TARGETVARIANT\nADD ${TARGETVARIANT:-https://a.example/x} /x',
      'an address (https://a.example/x) that depends on the platform is outside the dialect',
    ],
    ['FROM scratch\nARG TARGETARCH\nENV F=${TARGETARCH:+http://a.example}\nADD $F /x', 'that depends on the platform'],
    ['FROM scratch\nCOPY http://a.example/x /', 'COPY "http://a.example/x" fetches from the network'],
    ['FROM scratch\nCOPY a', 'COPY lacks arguments; allowed: COPY <source>… <destination>'],
    ['FROM scratch\nCOPY ["a", ]', '[a, is no class of characters'],
    ['FROM scratch\nCOPY ["a" ,"b"', '[a is no class of characters'],
    ['FROM scratch\nADD [ "a" ]', 'ADD lacks arguments'],
    ['FROM scratch\nRUN', 'RUN lacks arguments; allowed: RUN <command>'],
    [
      'FROM scratch\nRUN --mount=type=bnd true',
      'unknown mount type "bnd"; allowed: bind, cache, tmpfs, secret, ssh\n    did you mean bind?',
    ],
    ['FROM scratch\nRUN --mount=traget=/x true', 'unknown key "traget" of --mount'],
    ['FROM scratch\nRUN --mount=type=tmpfs,from=a true', 'a tmpfs mount takes no from'],
    ['FROM scratch\nRUN --mount=from=,target=/x true', 'from lacks its value; allowed: from=<stage'],
    ['FROM scratch\nRUN --mount true', '--mount lacks its value'],
    ['FROM scratch\nRUN <<EOF\nFROM nothing\nEOF', `${FILE}:2:5  here-documents ("<<EOF") are outside the dialect`],
    ['FROM scratch\nCOPY <<-"EOF" /x\nhello\nEOF', 'here-documents'],
    ['FROM scratch\nRUN cat 3<<EOF', 'here-documents'],
    ['FROM scratch\nONBUILD COPY --from=x / /', 'an OCI image cannot hold ONBUILD'],
    ['FROM scratch\nSHELL bash', 'SHELL takes a list of strings in JSON'],
    ['FROM scratch\nSHELL [1]', 'the list in brackets holds something else than strings'],
    ['FROM scratch\nSHELL []', 'SHELL takes a list of strings in JSON'],
    ['FROM scratch\nCOPY [["a"], "b"]', `${FILE}:2:6  the list in brackets holds something else than strings`],
    ['FROM scratch\nCOPY ["a", "b"] c', `${FILE}:2:17  "c" after the closing bracket is outside the dialect`],
    ['FROM scratch\nCOPY a /b\\\\\nRUN x', `${FILE}:2:10  a line that ends in \\\\ is outside the dialect`],
    ['FROM scratch\nRUN x\rRUN y', `${FILE}:2:6  the character U+000D is outside the dialect`],
    ['FROM scratch\nLABEL a=b\u00A0c=d', `${FILE}:2:10  the character U+00A0 is outside the dialect`],
    ['FROM scratch\nRUN echo $(( 1<<2 ))', 'here-documents ("1<<2")'],
    ['FROM scratch\nHEALTHCHECK --interval=5 CMD x', 'found --interval=5; allowed: a duration, such as 30s'],
    ['FROM scratch\nHEALTHCHECK --retries=-1 CMD x', 'found --retries=-1; allowed: a number'],
    ['FROM scratch\nWORKDIR --x /a', 'unknown option --x of WORKDIR; allowed: none'],
    ['FROM scratch\nWORKDIR "/a', 'the closing quote'],
    ['#x=y\n# escape=`\nFROM scratch', `${FILE}:2:1  the escape directive is outside the dialect here`],
    [
      '#!/x\n# syntax=x\nFROM scratch',
      `${FILE}:2:1  found the front end "x"; allowed: docker/dockerfile:1 and its releases`,
    ],
    [`ARG A=xx\n${'ARG A=$A$A\n'.repeat(40)}FROM scratch`, 'it becomes longer than 65535 characters'],
    [`FROM scratch\nRUN ${'x'.repeat(70_000)}`, `${FILE}:1:1  the file has 70017 bytes; allowed: 65535`],
    ['FROM scratch\nHEALTHCHECK x', 'found HEALTHCHECK "x"; allowed: HEALTHCHECK CMD'],
    ['FROM scratch\nHEALTHCHECK NONE x', 'found HEALTHCHECK "NONE x"'],
    ['FROM scratch\nENV A', 'found ENV "A" without a value; allowed: ENV <name>=<value>'],
    ['FROM scratch\nLABEL =x', 'found LABEL ""'],
    ['FROM scratch\nARG 1A=x', 'found ARG "1A"; allowed: ARG <name>[=<default>]'],
    ['FROM scratch\nARG A="x', 'cannot be read: the closing quote " is missing'],
    ['FROM scratch\nCOPY "a /', 'the closing quote'],
    ['# syntax=docker/dockerfile:2\nFROM scratch', 'found the front end "docker/dockerfile:2"'],
    ['# escape=x\nFROM scratch', 'found the escape character "x"; allowed: \\ and `'],
  ])('%j: %s', (text, message) => {
    expect(bad(text)).toContain(message);
  });
});
