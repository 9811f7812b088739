import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Project, readProject } from './project.ts';
import { buildProjection, indexProjection } from './projection.ts';

let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-projection-'));
  mkdirSync(join(workspace, 'images/redis/rootfs'), { recursive: true });
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

const FIELDS = {
  image: 'redis',
  description: 'A store',
  version: '8.0.2',
  licenses: 'MIT',
  homepage: 'https://redis.io',
  platforms: ['linux/amd64', 'linux/arm64'],
  tags: ['{version}'],
  emulate: false,
  environment: {} as Record<string, string>,
  sizes: { 'linux/amd64': '31.9 MB' },
  variant: undefined as string | undefined,
  sources: [{ file: 'redis.tgz', urls: ['https://a.example/{version}.tgz'], sha256: 'a'.repeat(64) }] as object[],
};

type Fields = typeof FIELDS & { deprecated: { until: string }; endOfLife: string };

function read(changes: Partial<Fields> = {}): Project {
  const folder = join(workspace, 'images/redis');
  writeFileSync(join(folder, 'image.yaml'), JSON.stringify({ ...FIELDS, ...changes }));
  writeFileSync(join(folder, 'compile.Dockerfile'), 'FROM scratch\nCOPY --from=sources / /\n');
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY rootfs/ /\nCOPY --from=artifacts / /\n');
  const result = readProject(workspace, 'images/redis/image.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

/** Which tasks a change of image.yaml runs. */
function changed(changes: Partial<Fields>): string[] {
  const tasks = (project: Project): [string, string][] => [
    ['compile:amd64', JSON.stringify(buildProjection(project, 'compile', 'linux/amd64'))],
    ['compile:arm64', JSON.stringify(buildProjection(project, 'compile', 'linux/arm64'))],
    ['image:amd64', JSON.stringify(buildProjection(project, 'image', 'linux/amd64'))],
    ['image', JSON.stringify(indexProjection(project.definition, ['linux/amd64']))],
  ];
  const before = new Map(tasks(read()));
  return tasks(read(changes)).flatMap(([task, value]) => (before.get(task) === value ? [] : [task]));
}

describe('what tasks read of image.yaml', () => {
  const [source] = FIELDS.sources;
  it.each<[string, Partial<Fields>, string[]]>([
    ['a version', { version: '8.0.3' }, ['compile:amd64', 'compile:arm64', 'image:amd64', 'image']],
    ['a digest', { sources: [{ ...source, sha256: 'b'.repeat(64) }] }, ['compile:amd64', 'compile:arm64']],
    ['a mirror', { sources: [{ ...source, urls: ['https://b.example/x', 'https://a.example/x'] }] }, []],
    ['a description', { description: 'A data store' }, ['image:amd64', 'image']],
    ['that it is given up', { deprecated: { until: '2027-06-30' } }, ['image:amd64', 'image']],
    ['a variant that no Dockerfile declares', { variant: 'slim' }, []],
    ['a tag', { tags: ['{version}', 'latest'] }, ['image']],
    ['whether it may be emulated', { emulate: true }, []],
    ['the end of its life', { endOfLife: '2001-01-01' }, []],
    ['what a variable does', { environment: { PASSWORD: 'what clients say' } }, []],
    ['a size', { sizes: { 'linux/amd64': '32.1 MB' } }, []],
    [
      'a source of one platform',
      {
        sources: [
          ...FIELDS.sources,
          { file: 'extra', urls: ['https://a.example/e'], sha256: 'c'.repeat(64), platforms: ['linux/arm64'] },
        ],
      },
      ['compile:arm64'],
    ],
  ])('%s changes exactly those that it should', (_, changes, tasks) => {
    expect(changed(changes)).toEqual(tasks);
  });

  it('include the variant where a Dockerfile declares it', () => {
    const project = read({ variant: 'slim' });
    const declaring = { ...project, dockerfile: { ...project.dockerfile, args: ['VARIANT'] } };
    expect(buildProjection(declaring, 'image', 'linux/amd64').variant).toBe('slim');
    expect(buildProjection(declaring, 'compile', 'linux/amd64')).not.toHaveProperty('variant');
  });
});
