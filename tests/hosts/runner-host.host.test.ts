import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadInventory } from '@dockyard/inventory';
import { applyChanges, examine, withConnection } from '@dockyard/runner-host';
import { makeTestBed, METADATA, must, reachable, REGISTRY, ROOTLESS, type TestBed, TOKENS } from './test-bed.ts';

const BOTH = `    disk: { budget: 1 GB, days: 14, reserve: 500 MB }
    runners:
      - { trust: protected, socket: true, concurrency: 1 }
      - { trust: unprotected, concurrency: 1 }
`;

let bed: TestBed;
const printed: string[] = [];

async function cli(...args: string[]): Promise<{ exitCode: number; stdout: string }> {
  const { exitCode, stdout, stderr } = await bed.cli(...args);
  printed.push(stdout, stderr);
  console.log(`$ runner-host ${args.join(' ')}\n${stdout}\n${stderr}exit code ${String(exitCode)}`);
  return { exitCode, stdout };
}

const on = (script: string): Promise<string> => must(bed.machine, script);
/** What it printed and how it ended, for what has to fail. */
const attempt = async (script: string): Promise<number> => (await bed.machine.run(script)).exitCode;

beforeAll(async () => {
  bed = await makeTestBed();
  bed.inventory(BOTH);
});

afterAll(async () => {
  await bed.stop();
});

describe('a bare machine in an IPv6-only network', () => {
  it('becomes a runner by apply, which then has nothing left to do', async () => {
    const planned = await cli('plan', 'm-1');
    expect(planned.stdout).toMatch(/install .*nftables/);
    expect((await cli('apply', 'm-1', '--yes')).exitCode).toBe(0);
    const again = await cli('apply', 'm-1', '--yes');
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing to do') as string });
    expect(await on('ip -4 -o addr show scope global | grep -v -E "docker0|br-" || true')).toBe('');
    expect(await on('systemctl is-active dockyard-runner-protected dockyard-runner-unprotected')).toBe(
      'active\nactive',
    );
    // The package's own service, which would run as root.
    expect(await attempt('systemctl is-active gitlab-runner.service')).not.toBe(0);
  });

  it('is well, also after a reboot', async () => {
    for (let i = 0; i < 30 && (await attempt('test -e /run/systemd/timesync/synchronized')) !== 0; i++)
      await sleep(1000);
    expect((await cli('check', 'm-1')).exitCode).toBe(0);
    await bed.machine.run('systemctl reboot');
    await sleep(5000);
    await bed.machine.answers();
    for (
      let i = 0;
      i < 60 &&
      (await attempt('systemctl is-active --quiet docker && test -e /run/systemd/timesync/synchronized')) !== 0;
      i++
    )
      await sleep(1000);
    expect((await cli('check', 'm-1')).exitCode).toBe(0);
    const status = await cli('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject([
      { host: 'm-1', reachable: true, platform: 'linux/amd64', drift: 0, ailments: [], paused: false },
    ]);
    await cli('status');
  });
});

describe('IPv6', () => {
  const container = (): Promise<number> => attempt(`docker run --rm ${REGISTRY}/job:1 get registry.test 8080`);
  const network = (): Promise<number> =>
    attempt(
      `docker network create --ipv6 job >/dev/null && docker run --rm --network job ${REGISTRY}/job:1 get registry.test 8080; r=$?; docker network rm job >/dev/null; exit $r`,
    );
  const build = (): Promise<number> =>
    attempt(
      `mkdir -p /tmp/b && cd /tmp/b && printf 'FROM ${REGISTRY}/job:1\\nRUN get registry.test 8080\\n' >Dockerfile && docker build --quiet --no-cache --pull .`,
    );
  const job = (): Promise<number> => attempt(`${ROOTLESS}job --pull always ${REGISTRY}/job:1 get registry.test 8080`);
  // It ends by itself when nobody asks it anything for five seconds, and reads its configuration when it starts again.
  const restartPodman = 'systemctl --user --machine=dockyard-unprotected@ stop podman.service';
  const podmanBuild = (): Promise<number> =>
    attempt(`${ROOTLESS}chmod 755 /tmp/b && rootless podman build --quiet --no-cache --pull=always /tmp/b >/dev/null`);

  it('reaches a registry and the rest from containers and builds of both engines', async () => {
    await on(`cd /job && docker build --quiet --tag ${REGISTRY}/job:1 . && docker push --quiet ${REGISTRY}/job:1`);
    await on(`docker image rm ${REGISTRY}/job:1 && docker pull --quiet ${REGISTRY}/job:1`);
    expect({ container: await container(), network: await network(), build: await build() }).toEqual({
      container: 0,
      network: 0,
      build: 0,
    });
    expect({ job: await job(), build: await podmanBuild() }).toEqual({ job: 0, build: 0 });
  });

  it('reaches nothing without our configuration', async () => {
    await on('mv /etc/docker/daemon.json /root/ && systemctl restart docker');
    // A Docker Engine with defaults has another image store: the image has to come along.
    await on(`docker pull --quiet ${REGISTRY}/job:1`);
    expect(await container()).not.toBe(0);
    expect(await network()).not.toBe(0);
    expect(await build()).not.toBe(0);
    await on('mv /root/daemon.json /etc/docker/ && systemctl restart docker');
    await on(`mv /etc/containers/containers.conf.d/50-dockyard.conf /root/; ${restartPodman}`);
    expect(await job()).not.toBe(0);
    expect(await podmanBuild()).not.toBe(0);
    await on(`mv /root/50-dockyard.conf /etc/containers/containers.conf.d/; ${restartPodman}`);
    await on(
      'cd /var/lib/dockyard-unprotected && cp -p config.toml /root/ && sed -i "s/enable_ipv6 = true/enable_ipv6 = false/" config.toml',
    );
    expect(await job()).not.toBe(0);
    await on('cp -p /root/config.toml /var/lib/dockyard-unprotected/');
    expect({ container: await container(), network: await network(), build: await build(), job: await job() }).toEqual({
      container: 0,
      network: 0,
      build: 0,
      job: 0,
    });
  });
});

describe('the firewall', () => {
  it('shows ssh alone, whatever listens and is published', async () => {
    await on(`docker run --detach --name published --publish 8081:80 ${REGISTRY}/job:1 nc -ll -p 80 -e cat`);
    await on('systemd-run --quiet --unit listener /job/root/bin/busybox nc -ll -p 9999 -e cat');
    const ports = (await on(`ss -Hltn | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -un`)).split('\n').map(Number);
    expect(ports).toEqual(expect.arrayContaining([22, 8081, 9999]));
    const open = async (): Promise<number[]> => {
      const answers = await Promise.all(ports.map((port) => reachable(bed.machine.far, port)));
      return ports.filter((_, i) => answers[i]);
    };
    expect(await open()).toEqual([22]);
    // The container's own address, routed as somebody on the same wire could.
    await on('nft delete table inet dockyard');
    expect(await open()).toEqual(expect.arrayContaining([22, 8081, 9999]));
    expect((await cli('check', 'm-1')).stdout).toMatch(/firewall .*restart dockyard-firewall/);
    expect((await cli('apply', 'm-1', '--yes')).exitCode).toBe(0);
    expect(await open()).toEqual([22]);
    await on('docker rm -f published; systemctl stop listener');
  });

  it('comes back by itself where a change cuts off ssh', async () => {
    const inventory = loadInventory(bed.workspace.root);
    const host = inventory?.hosts[0];
    if (inventory?.gitlab === undefined || host === undefined) throw new Error('no inventory');
    const before = await on('cat /etc/dockyard/firewall.nft');
    const rules =
      'table inet dockyard\ndelete table inet dockyard\ntable inet dockyard {\n  chain input {\n    type filter hook input priority filter - 10; policy drop;\n  }\n}\n';
    const path = process.env['PATH'];
    process.env['PATH'] = bed.machine.env['PATH'];
    const started = Date.now();
    try {
      const failure: unknown = await withConnection(
        bed.machine.address,
        new AbortController().signal,
        [],
        (connection) =>
          applyChanges(connection, {
            look: () =>
              examine(connection, { host, tokens: {} }, inventory, () => [
                {
                  kind: 'file',
                  area: 'firewall',
                  path: '/etc/dockyard/firewall.nft',
                  content: rules,
                  mode: '0644',
                  owner: 'root:root',
                },
                {
                  kind: 'unit',
                  area: 'firewall',
                  name: 'dockyard-firewall.service',
                  reads: ['/etc/dockyard/firewall.nft'],
                },
              ]),
            step: () => undefined,
            confirm: () => Promise.resolve(true),
          }),
      ).catch((error: unknown) => error);
      expect(failure).toMatchObject({ message: expect.stringMatching(/no new ssh connection came through/) as string });
    } finally {
      process.env['PATH'] = path;
    }
    expect(await reachable(bed.machine.far, 22)).toBe(false);
    await bed.machine.answers();
    console.log(`ssh answers again ${String(Math.round((Date.now() - started) / 1000))} s after the change was begun`);
    expect(await on('cat /etc/dockyard/firewall.nft')).toBe(before);
    for (let i = 0; i < 20 && (await attempt('systemctl is-active dockyard-rollback.timer')) === 0; i++)
      await sleep(1000);
    expect((await cli('check', 'm-1')).exitCode).toBe(0);
  });
});

describe('an unprotected job', () => {
  it('reaches neither the Docker socket nor the files of others nor the token of the runner', async () => {
    await on(`${ROOTLESS}api run --detach --name other ${REGISTRY}/job:1 sh -c 'echo theirs >/tmp/theirs; sleep 600'`);
    await on(
      `docker run --detach --name mine --volume /var/lib/dockyard-protected/cache:/cache ${REGISTRY}/job:1 sh -c 'echo mine >/cache/mine; sleep 600'`,
    );
    const seen = await on(
      `${ROOTLESS}job ${REGISTRY}/job:1 sh -c 'find / -xdev -name docker.sock -o -xdev -name podman.sock -o -xdev -name config.toml -o -xdev -name theirs -o -xdev -name mine; mount | grep -c /var/run; cat /proc/*/environ | tr "\\0" "\\n" | grep -c glrt-; ls /proc | grep -c -E "^[0-9]+$" >&2; mknod /tmp/sda b 8 0 && echo device; mount -t tmpfs none /tmp && umount /tmp && echo mounted' || true`,
    );
    expect(seen).toBe('0\n0');
    // Even who got out of the container is that user, and no more.
    for (const script of [
      'docker ps',
      'cat /var/lib/dockyard-protected/config.toml',
      'ls /var/lib/dockyard-protected/cache',
      'ls /var/lib/docker',
      'cat /etc/shadow',
      'sudo -n true',
    ])
      expect({ script, exitCode: await attempt(`${ROOTLESS}rootless sh -c '${script}'`) }).not.toMatchObject({
        exitCode: 0,
      });
    await on(`${ROOTLESS}api rm -f other; docker rm -f mine`);
  });

  it("reaches none of the host's network services", async () => {
    await on('systemd-run --quiet --unit listener /job/root/bin/busybox nc -ll -p 9999 -e cat');
    const bridge = await on(
      'docker network inspect bridge --format "{{range .IPAM.Config}}{{println .Gateway}}{{end}}"',
    );
    const addresses = [
      '127.0.0.1',
      '::1',
      '169.254.1.2',
      bed.machine.far,
      ...bridge.split('\n').filter((each) => each !== ''),
    ];
    // They do listen: root of the host reaches them.
    expect(await attempt(`/job/root/bin/busybox nc -w 3 ${bed.machine.far} 9999 </dev/null`)).toBe(0);
    const tries = addresses.flatMap((address) =>
      [9999, 22].map(
        (port) => `nc -w 3 ${address} ${String(port)} </dev/null >/dev/null 2>&1 && echo ${address} ${String(port)}`,
      ),
    );
    const outside = `nc -w 10 ${bed.machine.near} 8080 </dev/null && echo outside`;
    const reached = (): Promise<string> =>
      on(`${ROOTLESS}job ${REGISTRY}/job:1 sh -c '${tries.join('; ')}; ${outside}'`);
    expect(await reached()).toBe('outside');
    // Podman's own network, which has no IPv6, and so on this host no way out at all.
    expect(await on(`${ROOTLESS}api run --rm ${REGISTRY}/job:1 sh -c '${tries.join('; ')}; true'`)).toBe('');
    // Who got out of the container, and tries without one.
    expect(await on(`${ROOTLESS}rootless sh -c 'PATH=/job/root/bin; ${tries.join('; ')}; true'`)).toBe('');
    // Without our rules they are reached, so the test can fail.
    await on('nft flush chain inet dockyard jail');
    expect(await reached()).toMatch(/9999/);
    expect((await cli('apply', 'm-1', '--yes')).exitCode).toBe(0);
    await on('systemctl stop listener');
  });
});

describe('a job of either kind', () => {
  it('reaches no service that would tell it the credentials of the machine', async () => {
    const docker = `docker run --rm ${REGISTRY}/job:1 get ${METADATA} 8080`;
    const podman = `${ROOTLESS}job ${REGISTRY}/job:1 get ${METADATA} 8080`;
    const rootless = `${ROOTLESS}rootless env PATH=/job/root/bin sh /job/root/bin/get ${METADATA} 8080`;
    // It is there: root of the host reaches it.
    expect(await attempt(`PATH=/job/root/bin get ${METADATA} 8080`)).toBe(0);
    for (const script of [docker, podman, rootless])
      expect({ script, exitCode: await attempt(script) }).not.toMatchObject({ exitCode: 0 });
    await on('nft flush chain inet dockyard metadata');
    for (const script of [docker, podman, rootless])
      expect({ script, exitCode: await attempt(script) }).toMatchObject({ exitCode: 0 });
    expect((await cli('apply', 'm-1', '--yes')).exitCode).toBe(0);
  });
});

describe('the disk', () => {
  /** Bytes that the engines' stores take, and that are free. */
  const sizes = async (): Promise<{ used: number; free: number }> => {
    const [used = 0, free = 0] = (
      await on(
        'du -scxB1 /var/lib/docker /var/lib/containerd /var/lib/dockyard-*/.local/share/containers 2>/dev/null | tail -n 1 | cut -f 1; df -B1 --output=avail /var/lib | tail -n 1',
      )
    )
      .split('\n')
      .map(Number);
    return { used, free };
  };
  /** The timer's next run, now, for which images are old after seconds: those of a test are minutes old. Returns what it said. */
  const timerRuns = async (): Promise<string> => {
    const dropIn = (unit: string, text: string): string =>
      `mkdir -p /run/systemd/system/${unit}.d\nprintf '${text}' >/run/systemd/system/${unit}.d/test.conf\n`;
    await on(
      `sed 's/grace="1 hour"/grace="5 seconds"/' /usr/local/lib/dockyard/disk >/root/disk
${dropIn('dockyard-disk.service', '[Service]\\nExecStart=\\nExecStart=/bin/sh /root/disk\\n')}
${dropIn('dockyard-disk.timer', '[Timer]\\nOnActiveSec=1s\\nRandomizedDelaySec=0\\nAccuracySec=1s\\n')}
touch /root/before; rm -f /var/lib/dockyard/pruned
systemctl daemon-reload; systemctl restart dockyard-disk.timer`,
    );
    const over = 'test -e /var/lib/dockyard/pruned && ! systemctl is-active --quiet dockyard-disk.service';
    for (let i = 0; i < 120 && (await attempt(over)) !== 0; i++) await sleep(1000);
    return on(
      `test /var/lib/dockyard/pruned -nt /root/before
rm -r /run/systemd/system/dockyard-disk.*.d; systemctl daemon-reload; systemctl restart dockyard-disk.timer
journalctl -q -o cat -u dockyard-disk.service --since "@$(stat -c %Y /root/before)"`,
    );
  };
  const dockerfile = (...runs: string[]): string =>
    `printf 'FROM ${REGISTRY}/job:1\\n${runs.map((run) => `RUN ${run}\\n`).join('')}' >Dockerfile`;
  /** Four layers of so many megabytes; Docker needs three times that for the layer, its packed form and the build cache. */
  const layers = (from: number, megabytes: number): string =>
    dockerfile(
      ...[0, 1, 2, 3].map(
        (i) => `dd if=/dev/urandom of=/f${String(from + i)} bs=1M count=${String(megabytes)} 2>/dev/null`,
      ),
    );

  it('is brought under its budget by the timer, while builds and containers go on', async () => {
    for (const i of [1, 2, 3])
      await on(
        `mkdir -p /tmp/d && cd /tmp/d && ${layers(4 * i, 30)} && docker build --quiet --tag ${i === 1 ? 'old' : `unused${String(i)}`} . >/dev/null`,
      );
    for (const i of [1, 2])
      await on(
        `${ROOTLESS}chmod 755 /tmp/d && cd /tmp/d && ${layers(20 + 4 * i, 100)} && rootless podman build --quiet --tag rootless${String(i)} /tmp/d >/dev/null`,
      );
    // A second name, as when jobs ask for debian:13 and debian:trixie.
    await on(`${ROOTLESS}rootless podman tag rootless2 another`);
    const before = await sizes();
    await on(
      `docker run --detach --name running old sh -c 'sleep 300'; ${ROOTLESS}api run --detach --name running rootless1 sleep 300`,
    );
    await sleep(6000);
    // They have their first layers when the pruning comes, and need them afterwards.
    const slow = dockerfile(
      'dd if=/dev/urandom of=/f50 bs=1M count=30 2>/dev/null',
      'sleep 3000 || true',
      'test -s /f50',
    );
    await on(`mkdir -p /tmp/e && chmod 755 /tmp/e && cd /tmp/e && ${slow}`);
    const builds = [
      bed.machine.run('cd /tmp/e && docker build --progress plain --tag fresh . 2>&1'),
      bed.machine.run(`${ROOTLESS}rootless podman build --tag fresh /tmp/e 2>&1`),
    ];
    const sleeping = "pgrep -fx 'sleep 3000' | wc -l";
    for (let i = 0; i < 60 && (await on(sleeping)) !== '2'; i++) await sleep(1000);
    expect(await on(sleeping)).toBe('2');
    const said = await timerRuns();
    const after = await sizes();
    console.log({ before, after, said });
    expect(await on(sleeping)).toBe('2');
    await on("pkill -fx 'sleep 3000'");
    expect(before.used).toBeGreaterThan(1e9);
    expect(after.used).toBeLessThanOrEqual(1e9);
    for (const build of builds) expect(await build).toMatchObject({ exitCode: 0 });
    const left = (engine: string): Promise<string> =>
      on(`${ROOTLESS}${engine} image ls --format '{{.Repository}}' | sort -u`);
    expect((await left('docker')).split('\n')).toEqual(['fresh', 'old']);
    expect((await left('rootless podman')).split('\n')).toEqual(expect.arrayContaining(['localhost/rootless1']));
    expect(await left('rootless podman')).not.toMatch(/rootless2|another/);
    expect(await on('docker exec running test -s /f4 && docker inspect --format "{{.State.Status}}" running')).toBe(
      'running',
    );
    expect(await on(`${ROOTLESS}api exec running test -s /f24 && echo there`)).toBe('there');
    // What was used last is still there for the next build.
    const again = await on('cd /tmp/e && docker build --progress plain --tag fresh . 2>&1');
    expect(again).toMatch(/CACHED/);
    await on(`docker rm -f running; ${ROOTLESS}api rm -f running`);
  });

  it('pauses the runner when it is nearly full, lets its job end, and goes on', async () => {
    await on('touch /var/lib/dockyard-protected/job');
    await on('fallocate -l "$(($(df -B1 --output=avail /var/lib | tail -n 1) - 200000000))" /var/lib/fill');
    await on('systemctl start dockyard-disk.service');
    const state = 'systemctl is-active dockyard-runner-protected dockyard-runner-unprotected || true';
    for (let i = 0; i < 20 && (await on(state)) !== 'deactivating\ninactive'; i++) await sleep(1000);
    expect(await on(state)).toBe('deactivating\ninactive');
    // It was told by SIGQUIT, with which GitLab Runner ends its jobs. The journal may be a moment behind.
    const last = 'journalctl -q -o cat -u dockyard-runner-protected _COMM=gitlab-runner | tail -n 1';
    for (let i = 0; i < 20 && !(await on(last)).includes('waiting for builds'); i++) await sleep(1000);
    expect(await on(last)).toMatch(/waiting for builds/);
    const paused = await cli('check', 'm-1');
    expect(paused).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('it takes no jobs') as string });
    expect((await cli('apply', 'm-1', '--yes')).stdout).toContain('nothing to do');
    await on('rm /var/lib/dockyard-protected/job');
    for (let i = 0; i < 20 && (await on(state)) !== 'inactive\ninactive'; i++) await sleep(1000);
    expect(await on(state)).toBe('inactive\ninactive');
    await on('rm /var/lib/fill && systemctl start dockyard-disk.service');
    for (let i = 0; i < 20 && (await on(state)) !== 'active\nactive'; i++) await sleep(1000);
    expect(await on(state)).toBe('active\nactive');
    expect((await cli('check', 'm-1')).exitCode).toBe(0);
  });
});

describe('what the inventory takes away', () => {
  it('goes: a runner that it no longer names takes no jobs, and its token is gone', async () => {
    bed.inventory(BOTH.replace(/ +- { trust: protected.*\n/, ''));
    expect((await cli('apply', 'm-1', '--yes')).exitCode).toBe(0);
    expect(await attempt('systemctl is-active dockyard-runner-protected')).not.toBe(0);
    expect(await attempt('test -e /var/lib/dockyard-protected/config.toml')).not.toBe(0);
    expect((await cli('apply', 'm-1', '--yes')).stdout).toContain('nothing to do');
  });

  it('is all without a token in any output or argument', async () => {
    const secrets = Object.values(TOKENS);
    for (const secret of secrets) expect(printed.join('\n')).not.toContain(secret);
    const journal = await on('journalctl -q -o cat');
    for (const secret of secrets) expect(journal).not.toContain(secret);
  });
});
