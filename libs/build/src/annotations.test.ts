import type { Definition } from '@dockyard/definition';
import { expect, it } from 'vitest';
import { annotationsOf } from './annotations.ts';
import { repositoryOf } from './repository.ts';

const definition: Definition = {
  file: 'images/boat/image.yaml',
  image: 'boat',
  description: 'It floats',
  version: '1.2.3',
  licenses: 'MIT',
  homepage: 'https://boat.example',
  platforms: ['linux/amd64'],
  emulate: false,
  sources: [],
  environment: {},
  sizes: {},
  testWith: [],
  tags: ['{version}'],
};
const key = (name: string): string => `org.opencontainers.image.${name}`;

it('leaves out what is not known', () => {
  expect(annotationsOf(definition, {})).toEqual({
    [key('title')]: 'boat',
    [key('description')]: 'It floats',
    [key('version')]: '1.2.3',
    [key('licenses')]: 'MIT',
    [key('url')]: 'https://boat.example',
  });
});

it('takes the title of the definition, and tells the sources of the image from its homepage', () => {
  expect(
    annotationsOf(
      { ...definition, title: 'Boat' },
      {
        repository: 'https://git.example.org/images.git',
        provenance: { epoch: 1_700_000_000, base: { name: 'dockyard/sea:1', digest: 'sha256:1' } },
      },
    ),
  ).toMatchObject({
    [key('title')]: 'Boat',
    [key('url')]: 'https://boat.example',
    [key('source')]: 'https://git.example.org/images.git',
    [key('created')]: '2023-11-14T22:13:20.000Z',
    [key('base.name')]: 'dockyard/sea:1',
    [key('base.digest')]: 'sha256:1',
  });
});

it('tells people and programs that an image is given up', () => {
  const deprecated = { until: '2027-06-30', replacement: 'ship' };
  expect(annotationsOf({ ...definition, deprecated }, {})).toMatchObject({
    'dev.dockyard.deprecated': 'Deprecated: boat is maintained until 2027-06-30. Use ship instead.',
    'dev.dockyard.deprecated.until': '2027-06-30',
  });
});

it.each([
  [{}, undefined],
  [{ repository: 'https://git.example.org/images' }, 'https://git.example.org/images'],
  [
    { repository: { type: 'git', url: 'git+https://git.example.org/images.git' } },
    'https://git.example.org/images.git',
  ],
  [{ repository: { url: 'ssh://git@git.example.org/images.git' } }, 'ssh://git@git.example.org/images.git'],
])('reads the repository of %j', (manifest, url) => {
  expect(repositoryOf(JSON.stringify(manifest))).toBe(url);
});

it.each(['github:owner/name', 'owner/name', 'git@git.example.org:images.git', ''])(
  'refuses the repository %j',
  (url) => {
    expect(() => repositoryOf(JSON.stringify({ repository: url }))).toThrow('package.json: repository is no URL');
  },
);
