import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '@dockyard/engine';
import { exec } from '@dockyard/exec';
import { finishImage } from '@dockyard/oci';

const DOCKERFILE = `FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
COPY page /www/page
USER 1000
CMD ["sh", "-c", "echo started; echo complaint >&2; trap 'echo bye; exit 3' TERM; busybox httpd -f -p 8080 -h /www & wait"]
`;

/**
 * Builds a small image of Debian's static busybox, and its `image.json` beside its layout, as an executor would.
 *
 * @param engine builds and holds it
 * @param folder empty folder that takes layout and record
 * @returns environment variables that an executor would give to tests of it, but for the label
 */
export async function busyboxImage(engine: Engine, folder: string): Promise<Record<string, string>> {
  const context = join(folder, 'context');
  await mkdir(context);
  await exec({ command: 'apt-get', args: ['-qq', 'download', 'busybox-static'], cwd: folder });
  await exec({ command: 'sh', args: ['-c', 'dpkg-deb -x busybox-static_*.deb unpacked'], cwd: folder });
  await exec({
    command: 'sh',
    args: ['-c', 'cp unpacked/*bin/busybox unpacked/usr/*bin/busybox context/ 2>/dev/null; test -s context/busybox'],
    cwd: folder,
  });
  await writeFile(join(context, 'page'), 'hello from busybox\n');
  await writeFile(join(folder, 'Dockerfile'), DOCKERFILE);
  const raw = join(folder, 'raw');
  const platform = engine.architecture;
  await engine.build({
    dockerfile: join(folder, 'Dockerfile'),
    context,
    platform,
    contexts: {},
    buildArgs: {},
    epoch: 1_700_000_000,
    output: raw,
    logFile: join(folder, 'build.log'),
  });
  const layout = join(folder, 'image');
  const record = await finishImage({
    raw,
    output: layout,
    platform,
    annotations: {},
    labels: { 'org.opencontainers.image.title': 'busybox', 'org.opencontainers.image.version': '1.0' },
    epoch: 1_700_000_000,
    history: [],
    hardLinks: true,
    volumes: [],
    onWarning: () => undefined,
    project: 'busybox',
    kind: 'image',
  });
  await writeFile(`${layout}.json`, JSON.stringify(record));
  const image = await engine.load(layout, []);
  return {
    DOCKYARD_TEST_IMAGE: image,
    DOCKYARD_TEST_WITH: JSON.stringify({ 'busybox:1': image }),
    DOCKYARD_TEST_PLATFORM: platform,
    DOCKYARD_TEST_PROJECT: 'busybox',
    DOCKYARD_TEST_RECORD: `${layout}.json`,
    DOCKYARD_ENGINE: engine.name,
    ...(engine.host === undefined ? {} : { DOCKER_HOST: engine.host }),
  };
}
