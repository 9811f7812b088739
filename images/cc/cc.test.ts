import { container, imageUnderTest } from '@dockyard/image-test';
import { expect, it } from 'vitest';

const LOADERS: Readonly<Record<string, readonly [loader: string, triplet: string]>> = {
  'linux/amd64': ['/usr/lib64/ld-linux-x86-64.so.2', 'x86_64-linux-gnu'],
  'linux/arm64': ['/usr/lib/ld-linux-aarch64.so.1', 'aarch64-linux-gnu'],
};

it('loads the C++ library and all that it needs, as a user that is not root', async () => {
  const [loader, triplet] = LOADERS[imageUnderTest().platform] ?? ['', ''];
  for (const library of ['libstdc++.so.6', 'libgomp.so.1', 'libgcc_s.so.1', 'libm.so.6']) {
    const started = await container({ entrypoint: [loader], command: ['--list', `/usr/lib/${triplet}/${library}`] });
    await started.waitForLog(/libc\.so\.6 => /);
    expect(await started.waitForExit()).toBe(0);
    expect(await started.logs()).not.toContain('not found');
  }
  expect((await imageUnderTest().config()).config?.User).toBe('65532:65532');
});

it('adds libraries only: no shell, no package manager, no program but the loader', async () => {
  const files = [...(await imageUnderTest().added())];
  const programs = files.filter(
    ([path, { type, mode }]) => type === 'file' && (mode & 0o111) !== 0 && !/\/lib[^/]*\.so(\.[0-9.]+)?$/.test(path),
  );
  expect(programs.map(([path]) => path).filter((path) => !/\/ld-linux[^/]*$/.test(path))).toEqual([]);
  expect(files.filter(([path]) => /(^|\/)s?bin\//.test(path))).toEqual([]);
  expect(files.filter(([, { type, mode }]) => type === 'file' && (mode & 0o6002) !== 0)).toEqual([]);
});

it('says which packages it is made of, with their licences', async () => {
  const files = await imageUnderTest().added();
  const packages = [...files.keys()].filter((path) => path.startsWith('var/lib/dpkg/status.d/'));
  expect(packages.map((path) => path.split('/').at(-1))).toEqual(expect.arrayContaining(['libc6', 'libstdc++6']));
  for (const path of packages) {
    const doc = `usr/share/doc/${path.split('/').at(-1) ?? ''}`;
    expect(files.has(`${doc}/copyright`) || files.get(doc)?.link === 'gcc-14-base').toBe(true);
  }
});
