import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type CommandResult, exec } from '@dockyard/exec';
import {
  type AptRepository,
  ensureProgram,
  GITLAB_RUNNER,
  labFolder,
  type Machine,
  type Registry,
  startAptRepository,
  startMachine,
  startNameServer,
  startRegistry,
  startRelay,
} from '@dockyard/lab';
import { copyWorkspace, type WorkspaceCopy } from '../e2e/workspace-copy.ts';

/** Tokens of the two runners; nothing may ever print them. */
export const TOKENS = {
  DOCKYARD_RUNNER_TOKEN_M_1_PROTECTED: 'glrt-protected-secret',
  DOCKYARD_RUNNER_TOKEN_M_1_UNPROTECTED: 'glrt-unprotected-secret',
};

/** A bare machine in an IPv6-only network, and all that it reaches there: mirrors, gitlab-runner's repository, a registry, time. */
export interface TestBed {
  readonly machine: Machine;
  readonly apt: AptRepository;
  readonly workspace: WorkspaceCopy;
  /** Writes runners.yaml, with these lines of the host. */
  inventory(lines: string): void;
  /** Runs `npx dockyard runner-host …`. */
  cli(...args: string[]): Promise<CommandResult>;
  stop(): Promise<void>;
}

/** Where the registry is, over TLS and IPv6 only. */
export const REGISTRY = 'registry.test:5000';

/** An address that a cloud hands out the credentials of its machines at; here the registry answers there. */
export const METADATA = 'fd20:ce::254';

const NAMES = ['registry.test', 'gitlab.test', 'time.test'];

/** Makes the bed; the machine is bare but for the certificate of the registry and the content of the image of jobs in /job. */
export async function makeTestBed(): Promise<TestBed> {
  const folder = await mkdtemp('/tmp/dockyard-hosts-');
  const machine = await startMachine({
    name: `h${String(process.pid)}`,
    varLib: 4e9,
    report: (line) => void process.stderr.write(`lab: ${line}\n`),
  });
  const stops: (() => Promise<unknown>)[] = [() => machine.stop()];
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const apt = await startAptRepository(machine.near, [GITLAB_RUNNER]);
    stops.push(() => apt.stop());
    const registry = await startRegistry();
    stops.push(() => registry.stop());
    const tls = await certificate(folder, machine.near);
    const to = portOf(registry);
    const { near, device } = machine;
    await exec({ command: 'ip', args: ['address', 'add', `${METADATA}/128`, 'dev', device, 'nodad'] });
    for (const options of [
      { address: near, port: 5000, tls },
      { address: near, port: 443, tls },
      { address: near, port: 8080 },
      { address: METADATA, port: 8080 },
    ]) {
      const relay = await startRelay({ to, ...options });
      stops.push(() => relay.stop());
    }
    stops.push(await serveTime(folder, machine.near));
    const names = await startNameServer(machine.near, Object.fromEntries(NAMES.map((name) => [name, machine.near])));
    stops.push(() => names.stop());
    await prepare(machine, tls.cert);
    const workspace = await copyWorkspace('podman', {});
    stops.push(() => workspace.remove());
    workspace.write('runner.asc', apt.key);
    const cli = (...args: string[]): Promise<CommandResult> =>
      exec(
        {
          command: 'npm',
          args: ['run', '--silent', 'runner-host', '--', ...args],
          cwd: workspace.root,
          env: { ...machine.env, ...TOKENS },
        },
        { reject: false },
      );
    const inventory = (lines: string): void => {
      workspace.write(
        'runners.yaml',
        `gitlab:
  url: https://gitlab.test
  packages: { url: '${apt.url}', suite: ${apt.suite}, key: runner.asc }
hosts:
  m-1:
    address: ${machine.address}
    platforms: [linux/amd64]
    network: ipv6
    timeServers: [time.test]
${lines}`,
      );
    };
    return { machine, apt, workspace, inventory, cli, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function portOf(registry: Registry): { host: string; port: number } {
  const { hostname, port } = new URL(registry.url);
  return { host: hostname, port: Number(port) };
}

async function certificate(folder: string, address: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const name = `subjectAltName=DNS:registry.test,IP:${address}`;
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=registry.test'];
  await exec({ command: 'openssl', args: [...args, '-addext', name, '-keyout', key, '-out', cert] });
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
}

/** chrony, which serves the time of this machine and doesn't touch it. */
async function serveTime(folder: string, address: string): Promise<() => Promise<unknown>> {
  const program = await ensureProgram({
    package: 'chrony',
    program: 'usr/sbin/chronyd',
    to: join(labFolder(), 'chrony', 'chronyd'),
  });
  const file = join(folder, 'chrony.conf');
  const pid = join(folder, 'chrony.pid');
  await writeFile(file, `local stratum 8\nallow\nbindaddress ${address}\ncmdport 0\npidfile ${pid}\n`);
  const end = new AbortController();
  const run = exec(
    { command: 'setpriv', args: ['--pdeathsig', 'KILL', program, '-d', '-x', '-u', 'root', '-f', file] },
    { signal: end.signal, reject: false },
  ).catch(() => undefined);
  return () => {
    end.abort();
    return run;
  };
}

async function prepare(machine: Machine, cert: string): Promise<void> {
  const folders = ['/etc/docker/certs.d', '/etc/containers/certs.d'].map((each) => `${each}/${REGISTRY}`);
  const certs = folders.map((each) => `mkdir -p ${each} && cp /root/ca.crt ${each}/ca.crt`).join('\n');
  await must(
    machine,
    `cat >/root/ca.crt <<'end'\n${cert}end\n${certs}\necho nameserver ${machine.near} >/etc/resolv.conf`,
  );
  const busybox = await ensureProgram({
    package: 'busybox-static',
    program: 'bin/busybox',
    to: join(labFolder(), 'busybox', 'busybox'),
  });
  const { stdout } = await exec({ command: busybox, args: ['--list'] });
  const job = join(machine.root, 'job/root/bin');
  await exec({ command: 'mkdir', args: ['-p', job, join(machine.root, 'job/root/tmp')] });
  await exec({ command: 'cp', args: [busybox, job] });
  const links = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  for (const name of links) await exec({ command: 'ln', args: ['-s', 'busybox', join(job, name)] });
  // A whole HTTP request, and success only for a whole answer.
  await writeFile(
    join(job, 'get'),
    `#!/bin/sh\nprintf 'GET /v2/ HTTP/1.0\\r\\n\\r\\n' | nc -w 10 "$1" "$2" | grep -q '200 OK'\n`,
    { mode: 0o755 },
  );
  await writeFile(join(machine.root, 'job/Dockerfile'), 'FROM scratch\nCOPY root /\nCMD ["sh"]\n');
}

/** Runs a script on the machine that has to succeed. */
export async function must(machine: Machine, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await machine.run(`set -eu\n${script}`);
  if (exitCode !== 0) throw new Error(`${script}\nexit code ${String(exitCode)}\n${stdout}\n${stderr}`);
  return stdout.trim();
}

/**
 * Shell functions: `rootless` runs a command as the user of unprotected jobs, `api` asks its Podman as GitLab Runner does, `job` starts a
 * container as GitLab Runner does from that config.toml: in a network made for it, which goes afterwards.
 */
export const ROOTLESS = `user=$(id -u dockyard-unprotected)
config=/var/lib/dockyard-unprotected/config.toml
rootless() {
  (cd / && runuser -u dockyard-unprotected -- env XDG_RUNTIME_DIR=/run/user/$user DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$user/bus HOME=/var/lib/dockyard-unprotected "$@")
}
api() { docker --host unix:///run/user/$user/podman/podman.sock "$@"; }
job() {
  api network create $(sed -n 's/^ *enable_ipv6 = true$/--ipv6/p' $config) job-$$ >/dev/null
  ended=0
  api run --rm --name job-$$ --network job-$$ $(sed -n 's/^ *security_opt = \\[\\(.*\\)\\]$/\\1/p' $config | tr -d '" ' | tr , '\\n' | sed 's/^/--security-opt /') "$@" || ended=$?
  api rm --force job-$$ >/dev/null 2>&1 || true
  api network rm job-$$ >/dev/null
  return $ended
}
`;

/** Whether a TCP connection from this machine's side comes through. */
export async function reachable(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
  });
}
