import { container, expectVersion, type StartedContainer } from '@dockyard/image-test';
import { describe, expect, it } from 'vitest';

const job = (user?: string): Promise<StartedContainer> =>
  container({ command: ['sleep', 'infinity'], ...(user === undefined ? {} : { user }) });

it('has Node.js of the version that its tag says', async () => {
  await expectVersion(/^v(?<version>\S+)$/m, { command: ['node', '--version'] });
});

it.each([
  ['node', 'node --version', /^v24\./],
  ['npm', 'npm --version', /^11\./],
  ['npx', 'npx --version', /^11\./],
  ['git', 'git --version', /^git version 2\./],
  ['podman', 'podman --version', /^podman version 5\./],
  ['the docker client', 'docker --version', /^Docker version \d/],
  ['buildx', 'docker buildx version', /buildx/],
  ['skopeo', 'skopeo --version', /^skopeo version 1\./],
  ['ssh', 'ssh -V 2>&1', /^OpenSSH_/],
])('has %s', async (_, command, version) => {
  expect((await (await job()).exec(['sh', '-c', command])).stdout).toMatch(version);
});

it('is whole, and has what Podman runs containers with', async () => {
  const here = await job();
  expect((await here.exec(['dpkg', '--audit'])).stdout).toBe('');
  const names = [
    'crun',
    'conmon',
    'newuidmap',
    'newgidmap',
    'fuse-overlayfs',
    'pasta',
    'slirp4netns',
    'nft',
    'iptables',
  ];
  for (const name of names) await here.exec(['sh', '-c', 'command -v "$1"', 'sh', name]);
  for (const name of ['netavark', 'aardvark-dns']) await here.exec(['test', '-x', `/usr/lib/podman/${name}`]);
});

it('lets a user map ids without root, by capabilities', async () => {
  const { stdout } = await (await job('ci')).exec(['getcap', '/usr/bin/newuidmap', '/usr/bin/newgidmap']);
  expect(stdout.split('\n').map((line) => line.trim())).toEqual([
    '/usr/bin/newuidmap cap_setuid=ep',
    '/usr/bin/newgidmap cap_setgid=ep',
  ]);
});

it('trusts the authorities of Debian, also from Node', async () => {
  const script = "process.exit(require('node:tls').rootCertificates.length > 100 ? 0 : 1)";
  const here = await job();
  await here.exec(['node', '--eval', script]);
  await here.exec(['test', '-s', '/etc/ssl/certs/ca-certificates.crt']);
});

describe.each(['ci', 'root'])('as %s, in a container without any privilege', (user) => {
  it('podman builds an image of files, where the engine leaves it user namespaces', async () => {
    const here = await job(user);
    const may = await here.exec(['unshare', '--user', 'true'], { reject: false });
    const script = 'cd "$(mktemp -d)" && echo ahoy > f && printf "FROM scratch\\nCOPY f /f\\n" > Dockerfile && "$@"';
    const build = ['podman', '--log-level=error', 'build', '--quiet', '--network=none', '--tag=localhost/x', '.'];
    const built = await here.exec(['sh', '-euc', script, 'sh', ...build], { reject: false });
    // Docker's own filter of system calls forbids them.
    if (may.exitCode !== 0) expect(built.stderr).toMatch(/not permitted|permission denied/i);
    else expect(built).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\s*$/) as string });
  });

  // What docs/ci.md asks of runners: no filter of system calls and a /proc that isn't masked.
  it('podman builds with RUN and runs what it built, where nothing filters and masks', async () => {
    const here = await container({ command: ['sleep', 'infinity'], user, nested: true });
    const script = `cd "$(mktemp -d)"
      for file in /bin/sh $(ldd /bin/sh | grep -o '/[^ ]*'); do
        mkdir -p "root$(dirname "$file")" && cp -L "$file" "root$file"
      done
      printf 'FROM scratch\\nCOPY root/ /\\nRUN ["/bin/sh", "-c", "echo ahoy > /f"]\\n' > Dockerfile
      podman --log-level=error build --quiet --network=none --tag=localhost/x . > /dev/null
      podman --log-level=error run --rm --network=none localhost/x /bin/sh -c 'read -r line < /f && echo "$line"'`;
    expect((await here.exec(['sh', '-euc', script])).stdout.trim()).toBe('ahoy');
  });
});
