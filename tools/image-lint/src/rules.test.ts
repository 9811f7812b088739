import { describe, expect, it } from 'vitest';
import { RULES } from './rules.ts';
import { noLatest } from './rules/no-latest.ts';
import { noSecret } from './rules/no-secret.ts';
import { testsPresent } from './rules/tests-present.ts';
import { upstreamFirst } from './rules/upstream-first.ts';
import { versionInUrls } from './rules/version-in-urls.ts';
import { versionTested } from './rules/version-tested.ts';
import { elfFile } from './testing/elf-file.ts';
import { broken, contentsOf, type MadeUpImage, madeUpProject } from './testing/made-up-image.ts';

const INTERPRETER = '/lib64/ld-linux-x86-64.so.2';
const LIBC = { 'usr/lib64/ld-linux-x86-64.so.2': elfFile(), 'usr/lib/libc.so.6': elfFile() };
const LINKS = {
  lib: { type: 'symlink', linkname: 'usr/lib' },
  lib64: { type: 'symlink', linkname: 'usr/lib64' },
} as const;
const BASE = { ...LINKS, ...LIBC };
const PROGRAM = { pie: true, interpreter: INTERPRETER, needed: ['libc.so.6'] } as const;
const LARGE = { code: 100_000, marks: 1000 };
const TOKEN = `glpat-${'a1B2'.repeat(5)}`;
const KEY = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQ'.repeat(10)}\n-----END PRIVATE KEY-----\n`;
const DPKG = 'var/lib/dpkg/info';

/** A program in a layer of the image, on a base with a C library. */
const program = (options: Parameters<typeof elfFile>[0]): MadeUpImage => ({
  base: BASE,
  layers: [{ 'usr/bin/boat': elfFile({ ...PROGRAM, ...options }), 'usr/share/doc/boat/copyright': 'MIT' }],
  compiles: true,
});

describe('an image that is as it should be', () => {
  it.each<[string, MadeUpImage]>([
    ['a program that was compiled', program({ ...LARGE, imports: ['__stack_chk_fail', '__printf_chk'] })],
    ['its licence', { compiles: true, layers: [{ 'usr/share/doc/boat/copyright': 'MIT' }] }],
    ['a folder for temporary files', { layers: [{ 'tmp/': { type: 'directory', mode: 0o1777 } }] }],
    [
      'a server',
      { config: { ExposedPorts: { '80/tcp': {} }, StopSignal: 'SIGQUIT', Healthcheck: { Test: ['CMD', 'x'] } } },
    ],
    [
      'what is of its parent',
      { base: { 'bin/su': { mode: 0o4755 }, 'var/log/x': 'x', 'opt/x': elfFile({ machine: 183 }) } },
    ],
  ])('breaks no rule: %s', async (_, image) => {
    expect(await broken(image)).toEqual({});
  });
});

const GONE = ['deleted by a later layer: /opt/cache/x'];
const ROWS: [rule: string, image: MadeUpImage, messages: string[]][] = [
  ['non-root', { config: { User: '' } }, ['the image starts as root']],
  ['non-root', { config: { User: '0:1000' } }, ['the image starts as root']],
  [
    'stop-signal',
    { config: { ExposedPorts: { '80/tcp': {} }, Healthcheck: {} } },
    ['the image exposes ports and has no STOPSIGNAL'],
  ],
  [
    'healthcheck',
    { config: { ExposedPorts: { '80/tcp': {} }, StopSignal: 'SIGTERM' } },
    ['the image exposes ports and has no HEALTHCHECK'],
  ],
  [
    'annotations',
    { annotations: { 'org.opencontainers.image.title': '' } },
    [expect.stringMatching(/^the manifest lacks org\.opencontainers\.image\.title, .*created$/) as string],
  ],
  ['no-secret', { layers: [{ 'etc/key': KEY }] }, ['/etc/key looks like it holds a private key']],
  [
    'no-secret',
    { layers: [{ 'root/.npmrc': TOKEN }, { 'root/.npmrc': 'x' }] },
    ['/root/.npmrc looks like it holds a GitLab token'],
  ],
  [
    'no-secret',
    { config: { Env: ['PATH=/bin', 'DB_PASSWORD=x', 'A_TOKEN='] } },
    ['the environment has a value for DB_PASSWORD'],
  ],
  [
    'package-caches',
    { layers: [{ 'var/lib/apt/lists/x_Packages': 'x', 'var/log/empty': '' }] },
    ['left over from the build: /var/lib/apt/lists/x_Packages'],
  ],
  [
    'package-caches',
    { layers: [{ 'root/.npm/_cacache/x': 'x', 'etc/passwd-': 'x' }] },
    ['left over from the build: /etc/passwd-, /root/.npm/_cacache/x'],
  ],
  ['deleted-files', { layers: [{ 'opt/cache/x': 'x' }, { 'opt/cache/.wh.x': '' }] }, GONE],
  ['deleted-files', { base: { 'opt/cache/x': 'x' }, layers: [{ 'opt/.wh.cache': '' }] }, GONE],
  [
    'deleted-files',
    { base: { 'opt/cache/x': 'x' }, layers: [{ 'opt/cache/.wh..wh..opq': '', 'opt/cache/y': 'y' }] },
    GONE,
  ],
  [
    'world-writable',
    { layers: [{ 'srv/': { type: 'directory', mode: 0o777 }, 'etc/x': { mode: 0o646, content: 'x' } }] },
    ['anybody may write to: /etc/x, /srv'],
  ],
  [
    'setuid',
    { layers: [{ 'usr/bin/su': { mode: 0o4755 }, 'usr/bin/wall': { mode: 0o2755 } }] },
    ['setuid, setgid or with capabilities: /usr/bin/su, /usr/bin/wall'],
  ],
  [
    'setuid',
    { layers: [{ 'usr/bin/ping': { pax: { 'SCHILY.xattr.security.capability': 'x' } } }] },
    ['setuid, setgid or with capabilities: /usr/bin/ping'],
  ],
  [
    'architecture',
    { base: BASE, layers: [{ 'usr/lib/x.node': elfFile({ machine: 183 }) }] },
    ['not for linux/amd64: /usr/lib/x.node'],
  ],
  [
    'architecture',
    { base: BASE, layers: [{ 'usr/lib/x.so': elfFile({ bits: 32 }) }] },
    ['not for linux/amd64: /usr/lib/x.so'],
  ],
  [
    'shared-libraries',
    program({ needed: ['libc.so.6', 'libssl.so.3'] }),
    ['not in the image: /usr/bin/boat needs libssl.so.3'],
  ],
  [
    'shared-libraries',
    program({ interpreter: '/lib/ld-musl-x86_64.so.1' }),
    ['not in the image: /usr/bin/boat needs /lib/ld-musl-x86_64.so.1'],
  ],
  ['pie', program({ type: 'exec' }), ['loaded at a fixed address: /usr/bin/boat']],
  ['relro', program({ relro: false }), ['without full RELRO: /usr/bin/boat']],
  ['relro', program({ now: false }), ['without full RELRO: /usr/bin/boat']],
  ['nx-stack', program({ executableStack: true }), ['with a stack that can be executed: /usr/bin/boat']],
  ['stack-protector', program({ ...LARGE, imports: ['read'] }), ['without a stack protector: /usr/bin/boat']],
  ['fortify', program({ imports: ['printf', 'memcpy'] }), ['compiled without _FORTIFY_SOURCE: /usr/bin/boat']],
  [
    'control-flow',
    program({ ...LARGE, marks: 3, imports: ['__stack_chk_fail'] }),
    ['compiled without control-flow protection: /usr/bin/boat'],
  ],
  ['stripped', program({ symtab: true }), ['not stripped: /usr/bin/boat']],
  [
    'licence-texts',
    { layers: [{ 'var/lib/dpkg/status.d/tzdata': 'Package: tzdata\n' }] },
    ['packages without their copyright file: /usr/share/doc/tzdata/copyright'],
  ],
  ['licence-texts', { compiles: true, definition: { licenses: 'MIT' } }, ['no licence of boat (MIT) is in the image']],
  [
    'licence-texts',
    { layers: [{ [`${DPKG}/zlib1g:amd64.list`]: '/.\n/usr/lib/libz.so.1\n' }] },
    ['packages without their copyright file: /usr/share/doc/zlib1g/copyright'],
  ],
];

describe('an image that breaks a rule', () => {
  it.each(ROWS)('%s: %j', async (rule, image, messages) => {
    expect(await broken(image)).toEqual({ [rule]: messages });
  });

  it('has a test for every rule', () => {
    const tested = new Set([
      ...ROWS.map(([rule]) => rule),
      ...[noLatest, testsPresent, upstreamFirst, versionInUrls, versionTested].map(({ name }) => name),
    ]);
    expect(RULES.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
  });
});

describe('shared libraries', () => {
  const found = async (
    options: Parameters<typeof elfFile>[0],
    files: Record<string, string | Buffer>,
  ): Promise<boolean> => {
    const { layers = [], ...image } = program({ needed: ['libx.so.1'], ...options });
    return !('shared-libraries' in (await broken({ ...image, layers: [...layers, files] })));
  };
  const library = elfFile();

  it.each<[string, Parameters<typeof elfFile>[0], Record<string, string | Buffer>]>([
    ['the folder of the architecture', {}, { 'usr/lib/x86_64-linux-gnu/libx.so.1': library }],
    ['a folder of ld.so.conf', {}, { 'opt/x/libx.so.1': library, 'etc/ld.so.conf.d/x.conf': '# x\n/opt/x\n' }],
    ['DT_RUNPATH, from where the program lies', { runpath: '$ORIGIN/../x' }, { 'usr/x/libx.so.1': library }],
    ['DT_RPATH', { rpath: '/nowhere:/opt/x' }, { 'opt/x/libx.so.1': library }],
  ])('are looked for in %s', async (_, options, files) => {
    expect(await found(options, files)).toBe(true);
  });

  it.each<[string, Parameters<typeof elfFile>[0], Record<string, string | Buffer>]>([
    ['in a folder that nobody names', {}, { 'opt/x/libx.so.1': library }],
    ['in DT_RPATH beside a DT_RUNPATH', { rpath: '/opt/x', runpath: '/opt/y' }, { 'opt/x/libx.so.1': library }],
    ['of another architecture', {}, { 'usr/lib/libx.so.1': elfFile({ bits: 32 }) }],
  ])('are missing where they lie %s', async (_, options, files) => {
    expect(await found(options, files)).toBe(false);
  });
});

describe('what comes from a package', () => {
  it('is held to nothing where the image has no sources', async () => {
    expect(await broken({ ...program({ relro: false }), compiles: false })).toEqual({});
  });

  it('is not held to the flags of what is compiled here, under the old names of folders too', async () => {
    const image = program({ type: 'exec', relro: false });
    const lists = { [`${DPKG}/boat.list`]: '/bin/boat\n', 'usr/share/doc/boat/copyright': 'MIT' };
    expect(await broken({ ...image, layers: [...(image.layers ?? []), lists] })).toEqual({});
  });
});

describe('a layer', () => {
  it('hides what it replaces, and nothing of itself', async () => {
    const { files } = await contentsOf({
      layers: [
        { './a/x': 'x', './a/y': 'y', b: { type: 'symlink', linkname: 'a' } },
        { 'a/.wh.x': '', a: 'a file now' },
        { '.wh.b': '', b: 'again' },
      ],
    });
    expect([...files].map(([path, { type }]) => `${path} ${type}`)).toEqual(['a file', 'b file']);
  });
});

describe('a definition', () => {
  const sources = (...urls: string[]): ReturnType<NonNullable<typeof upstreamFirst.definition>> =>
    upstreamFirst.definition!({
      project: madeUpProject({ sources: [{ file: 'x', urls, digest: { algorithm: 'sha256', hex: '' } }] }),
      texts: new Map(),
      tests: new Map(),
    });

  it('names upstream before mirrors', () => {
    expect(sources('https://a.example/x', 'debian:pool/x')).toEqual([]);
    expect(sources('npm:x@1')).toEqual([]);
    expect(sources('debian:pool/x', 'https://a.example/x')).toMatchObject([
      { message: 'the first URL of x is debian:pool/x' },
    ]);
    expect(sources('npm:x@1', 'https://a.example/x')).toHaveLength(1);
  });

  describe('of the version 8.0.6', () => {
    const contents = (sources: Readonly<Record<string, readonly string[]>>, ...tests: string[]) => ({
      project: madeUpProject({
        version: '8.0.6',
        sources: Object.entries(sources).map(([file, urls]) => ({
          file,
          urls,
          digest: { algorithm: 'sha256' as const, hex: '' },
        })),
      }),
      texts: new Map<string, string>(),
      tests: new Map(tests.map((text, i) => [`images/boat/${String(i)}.test.ts`, text])),
    });
    const URL = 'https://a.example/v8.0.6.tar.gz';

    it.each<[string, Readonly<Record<string, readonly string[]>>]>([
      ['the version', { x: [URL, 'debian:pool/main/x/x_8.0.6.orig.tar.gz', 'npm:x@8.0.6'] }],
      ['the version behind that of a line', { x: ['debian:pool/main/x/x8/x8.0_8.0.6.orig.tar.gz'] }],
      ['the version with other signs for its dots', { x: ['https://a.example/R_8_0_6/x.tar.gz'] }],
      ['the version, and a helper its own', { x: [URL], y: ['https://a.example/y-1.0rc.tgz', 'npm:y@1.0.0'] }],
      ['nothing, where there are none', {}],
    ])('has URLs that name %s', (_, sources) => {
      expect(versionInUrls.definition!(contents(sources))).toEqual([]);
    });

    it.each<[string, Readonly<Record<string, readonly string[]>>, string]>([
      [
        'none of which names it',
        { x: ['https://a.example/8.0.5.tgz'] },
        'no URL of its sources names the version 8.0.6',
      ],
      [
        'which name another that begins like it',
        { x: ['npm:x@8.0.60'] },
        'no URL of its sources names the version 8.0.6',
      ],
      [
        'which name another that ends like it',
        { x: ['npm:x@18.0.6'] },
        'no URL of its sources names the version 8.0.6',
      ],
      [
        'one of which names another',
        { x: [URL, 'npm:x@8.0.5'] },
        'this URL of x names not the version 8.0.6: npm:x@8.0.5',
      ],
      [
        'one of which names none',
        { x: [URL], y: ['https://a.example/latest/y.tgz'] },
        'this URL of y names no version: https://a.example/latest/y.tgz',
      ],
    ])('may not have URLs %s', (_, sources, message) => {
      expect(versionInUrls.definition!(contents(sources))).toMatchObject([{ message }]);
    });

    it('has a test that compares it with what the program says, where its sources follow it', () => {
      const check = (sources: readonly string[], ...tests: string[]) =>
        versionTested.definition!(contents({ x: sources }, ...tests));
      expect(check([URL], "it('starts')", 'await expectVersion(/x/)')).toEqual([]);
      expect(check([URL])).toEqual([]);
      expect(check(['npm:helper@1.0.0'], "it('starts')")).toEqual([]);
      expect(check([URL], "it('starts')")).toEqual([
        {
          file: 'images/boat/0.test.ts',
          message: 'no test compares what the program says with the version 8.0.6',
        },
      ]);
    });
  });

  it('names no latest', () => {
    const reference = (tag: string) => ({
      kind: 'workspace',
      value: `dockyard/x:${tag}`,
      tag,
      instruction: 'FROM',
      line: 3,
    });
    const check = (tag: string) => {
      const project = madeUpProject();
      const dockerfile = { ...project.dockerfile, references: [reference(tag)] };
      return noLatest.definition!({
        project: { ...project, dockerfile } as unknown as typeof project,
        texts: new Map(),
        tests: new Map(),
      });
    };
    expect(check('13')).toEqual([]);
    expect(check('latest')).toEqual([
      { file: 'images/boat/Dockerfile', line: 3, message: 'FROM names dockyard/x:latest' },
    ]);
  });

  it('has tests', () => {
    const contents = { project: madeUpProject(), texts: new Map<string, string>() };
    expect(testsPresent.definition!({ ...contents, tests: new Map() })).toHaveLength(1);
    expect(testsPresent.definition!({ ...contents, tests: new Map([['x.test.ts', '']]) })).toEqual([]);
  });

  it('holds no secret, and the message does not either', () => {
    const texts = new Map([
      ['images/boat/Dockerfile', `FROM scratch\nENV A=${TOKEN}\nCOPY x /\n`],
      ['key.pem', `\n${KEY}`],
    ]);
    const found = noSecret.definition!({ project: madeUpProject(), texts, tests: new Map() });
    expect(found).toEqual([
      { file: 'images/boat/Dockerfile', line: 2, message: 'this looks like a GitLab token' },
      { file: 'key.pem', line: 2, message: 'this looks like a private key' },
    ]);
  });
});
