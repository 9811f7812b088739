import { readFile, stat } from 'node:fs/promises';
import { exec } from '@dockyard/exec';

/** What this machine needs to reach packages, and a machine made here needs too: proxies, certificates, registries. */
export interface HostSettings {
  /** Environment of every user. */
  readonly env: Readonly<Record<string, string>>;
  /** Files that the environment and the settings name, at the same path there. */
  readonly files: readonly string[];
  /** Text of an apt.conf. */
  readonly apt: string;
  /** Text of a user's .npmrc; it may hold tokens. */
  readonly npm: string;
}

const VARIABLES = [
  ...['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'],
];

/** Settings of apt that say how packages are reached, and not which ones are wanted. */
const APT = /^Acquire::(https?|Check-[A-Za-z-]+|Retries)\b/;

/**
 * Keeps what says how packages are reached. Pure.
 *
 * @param dump what `apt-config dump` prints
 * @returns text of an apt.conf
 */
export function aptSettings(dump: string): string {
  return dump
    .split('\n')
    .filter((line) => APT.test(line) && !line.endsWith(' "";'))
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * Collects the settings of this machine; nothing of them is ever written into the repository.
 *
 * @param env environment
 */
export async function hostSettings(env: NodeJS.ProcessEnv = process.env): Promise<HostSettings> {
  const variables = Object.fromEntries(
    VARIABLES.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const npm = await npmSettings();
  const named = [
    ...Object.values(variables),
    ...[...npm.matchAll(/^cafile\s*=\s*"?([^"\n]+)"?$/gm)].map(([, file]) => file ?? ''),
  ];
  const files: string[] = [];
  for (const path of new Set(named)) {
    if (
      path.startsWith('/') &&
      (await stat(path).then(
        (found) => found.isFile(),
        () => false,
      ))
    )
      files.push(path);
  }
  const { stdout } = await exec({ command: 'apt-config', args: ['dump', 'Acquire'] }, { reject: false });
  return { env: variables, files, apt: aptSettings(stdout), npm };
}

/** Those of the machine and of the user, as npm reads them: the later line counts. */
async function npmSettings(): Promise<string> {
  const texts: string[] = [];
  for (const kind of ['globalconfig', 'userconfig']) {
    // Outside of any project, whose own settings the clone has as well.
    const { stdout } = await exec({ command: 'npm', args: ['config', 'get', kind], cwd: '/' }, { reject: false });
    texts.push(await readFile(stdout.trim(), 'utf8').catch(() => ''));
  }
  return texts
    .map((text) => text.trimEnd())
    .join('\n')
    .trim();
}
