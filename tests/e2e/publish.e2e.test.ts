import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { type Registry, startRegistry } from '@dockyard/lab';
import { thisMachine } from '@dockyard/runner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyWorkspace, imageYaml, type WorkspaceCopy } from './workspace-copy.ts';

const { platform: PLATFORM } = thisMachine();
const ARCH = PLATFORM.replace('linux/', '');
const definition = imageYaml('boat', '', [PLATFORM]);

let copy: WorkspaceCopy;
let registry: Registry;
let env: Record<string, string>;

beforeAll(async () => {
  registry = await startRegistry();
  copy = await copyWorkspace('podman', {
    'images/boat/image.yaml': definition,
    'images/boat/compile.Dockerfile': `FROM scratch AS build
COPY keel.txt /out/keel.txt
FROM build AS check
COPY keel.txt /checked.txt
FROM scratch
COPY --from=build /out/ /
`,
    'images/boat/keel.txt': 'oak\n',
    'images/boat/Dockerfile': 'FROM scratch\nCOPY --from=artifacts / /\nCOPY rootfs/ /\nUSER 65532\n',
    'images/boat/rootfs/hull.txt': 'wood\n',
    'images/boat/rootfs/usr/share/doc/boat/copyright': 'MIT\n',
  });
  env = { DOCKYARD_REGISTRIES: `${registry.host}/g`, DOCKYARD_PLATFORMS: PLATFORM };
});
afterAll(async () => {
  await copy.remove();
  await registry.stop();
});

const publish = (...more: string[]) => copy.nx(['run', 'boat:publish', ...more], env);
const tags = async (): Promise<string[]> => {
  const answer = await fetch(`${registry.url}/v2/g/boat/tags/list`);
  return answer.ok ? ((await answer.json()) as { tags: string[] }).tags.sort() : [];
};
const recordOf = (task: 'lint' | 'check') => join(copy.root, 'dist/images/boat', ARCH, `${task}.json`);

describe('what is published', () => {
  it('is committed', async () => {
    copy.write('images/boat/rootfs/new.txt', 'not committed\n');
    const refused = await publish();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout).toContain(
      'Only what is committed is published, and this is not: "images/boat/rootfs/new.txt".',
    );
    const planned = await publish('--dry-run');
    expect(planned.exitCode, planned.stdout).toBe(0);
    expect(planned.stdout).toContain('Only what is committed is published');
    expect(planned.stdout).toContain('boat:1.0-r1 would be sha256:');
    expect(await tags()).toEqual([]);
    rmSync(join(copy.root, 'images/boat/rootfs/new.txt'));
    const published = await publish();
    expect(published.exitCode, published.stdout).toBe(0);
    expect(await tags()).toContain('1.0-r1');
  });

  it('keeps the rules, whatever is left out of the run', async () => {
    copy.write(
      'images/boat/rootfs/key.pem',
      `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.repeat(8)}\n-----END PRIVATE KEY-----\n`,
    );
    await copy.commit();
    const before = await tags();
    const linted = await publish();
    expect(linted.exitCode).not.toBe(0);
    expect(linted.stdout).toContain('no-secret');
    expect(existsSync(recordOf('lint'))).toBe(false);
    const forced = await publish('--exclude-task-dependencies');
    expect(forced.exitCode).not.toBe(0);
    expect(forced.stdout).toMatch(new RegExp(`The ${PLATFORM} image of boat is sha256:\\w+, and no lint passed\\.`));
    expect(forced.stdout).toContain(`Run: npx nx run-many -t lint:${ARCH} -p boat`);
    expect(await tags()).toEqual(before);
  });

  it('has a record that comes from the cache with the task', async () => {
    copy.write('images/boat/rootfs/key.pem', 'no key\n');
    await copy.commit();
    const built = await copy.nx(['run-many', '-t', 'image', `test:${ARCH}`, `lint:${ARCH}`, `check:${ARCH}`], env);
    expect(built.exitCode, built.stdout).toBe(0);
    for (const task of ['lint', 'check'] as const) {
      rmSync(recordOf(task));
      const forced = await publish('--exclude-task-dependencies');
      expect(forced.exitCode).not.toBe(0);
      expect(forced.stdout).toContain(`and no ${task} passed.`);
      const again = await copy.nx(['run', `boat:${task}:${ARCH}`], env);
      expect(again.exitCode).toBe(0);
      expect(again.stdout).toMatch(/read the output from the cache/);
      expect(existsSync(recordOf(task))).toBe(true);
    }
    const published = await publish();
    expect(published.exitCode, published.stdout).toBe(0);
    expect(await tags()).toContain('1.0-r2');
  });

  it('is as it was published, or the command that verifies it says what is not', async () => {
    const verify = () =>
      exec(
        { command: 'npm', args: ['run', '--silent', 'pipeline', '--', 'verify'], cwd: copy.root, env },
        { reject: false },
      );
    const sound = await verify();
    expect(sound.exitCode, sound.stdout + sound.stderr).toBe(0);
    await exec({
      command: 'skopeo',
      args: [
        ...['--insecure-policy', 'copy', '--all', '--src-tls-verify=false', '--dest-tls-verify=false'],
        ...[`docker://${registry.host}/g/boat:1.0-r2`, `docker://${registry.host}/g/boat:1.0-r1`],
      ],
    });
    const moved = await verify();
    expect(moved.exitCode).toBe(1);
    expect(moved.stdout).toMatch(/g\/boat:1\.0-r1 was moved: it was published as sha256:\w+ and is sha256:\w+\./);
    const published = await publish();
    expect(published.exitCode).not.toBe(0);
    expect(published.stdout).toMatch(/boat:1\.0-r1 was moved/);
  });
});
