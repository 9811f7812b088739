import { LayoutError } from './errors.ts';
import { sorted } from './output.ts';
import { isObject, isStringArray, isStringMap, parseDiffIds } from './parse.ts';
import { samePlatform, splitPlatform } from './platform.ts';
import type { ContainerConfig, Healthcheck, ImageConfig } from './types.ts';

// Podman writes its own version here: the same Dockerfile would give another digest after an upgrade.
const ENGINE_LABELS = new Set(['io.buildah.version']);

/**
 * An engine's configuration with only the fields of the OCI image spec 1.1 and docker's `Healthcheck`, in a fixed order,
 * its time stamp set to the epoch. Left out are empty values (one engine writes them, the other doesn't), the history (each engine has words
 * of its own for it) and the engine's own labels.
 *
 * @param file where the configuration came from, for errors
 * @param raw the engine's configuration
 * @param options `platform` as `os/architecture[/variant]`, `labels` to add or replace, `volumes` in place of the engine's, `created` as RFC 3339
 * @throws LayoutError when the configuration is of another platform or malformed
 */
export function normaliseConfig(
  file: string,
  raw: unknown,
  options: {
    platform: string;
    labels: Readonly<Record<string, string>>;
    volumes: readonly string[];
    created: string;
  },
): ImageConfig {
  const config = parseConfig(file, raw);
  const platform = splitPlatform(file, options.platform);
  // Podman leaves the variant out, so only one that is there can contradict.
  if (!samePlatform({ ...config, variant: config.variant ?? platform.variant }, platform)) {
    throw new LayoutError(file, 'the engine built another platform', {
      expected: options.platform,
      found: [config.os, config.architecture, config.variant].filter(Boolean).join('/'),
      hint: 'build on a runner of that platform, and from parents of that platform',
    });
  }
  const author = config.author;
  const container = containerConfig(isObject(raw) ? raw['config'] : undefined, options);
  return {
    created: options.created,
    ...(author ? { author } : {}),
    architecture: platform.architecture,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    os: platform.os,
    ...(config['os.version'] ? { 'os.version': config['os.version'] } : {}),
    ...(config['os.features']?.length ? { 'os.features': config['os.features'] } : {}),
    config: container,
    rootfs: { type: 'layers', diff_ids: config.rootfs.diff_ids },
  };
}

/**
 * An image configuration as read, its platform and layers checked.
 *
 * @throws LayoutError naming `file` when os, architecture or rootfs.diff_ids is missing or malformed
 */
export function parseConfig(file: string, value: unknown): ImageConfig {
  if (!isObject(value) || typeof value['os'] !== 'string' || typeof value['architecture'] !== 'string') {
    throw new LayoutError(file, 'the file is not an image configuration', { expected: 'os, architecture, rootfs' });
  }
  const text = (key: string): Record<string, string> => {
    const field = value[key];
    return typeof field === 'string' && field !== '' ? { [key]: field } : {};
  };
  return {
    ...text('created'),
    ...text('author'),
    architecture: value['architecture'],
    ...text('variant'),
    os: value['os'],
    ...text('os.version'),
    ...(isStringArray(value['os.features']) ? { 'os.features': value['os.features'] } : {}),
    ...(isObject(value['config']) ? { config: value['config'] } : {}),
    rootfs: { type: 'layers', diff_ids: parseDiffIds(file, value) },
    ...(Array.isArray(value['history']) ? { history: value['history'].filter(isObject) } : {}),
  };
}

function containerConfig(
  value: unknown,
  { labels, volumes }: { labels: Readonly<Record<string, string>>; volumes: readonly string[] },
): ContainerConfig {
  const raw = isObject(value) ? value : {};
  const engineLabels = isStringMap(raw['Labels']) ? raw['Labels'] : {};
  const kept = Object.fromEntries(Object.entries(engineLabels).filter(([name]) => !ENGINE_LABELS.has(name)));
  const allLabels = sorted({ ...kept, ...labels });
  const health = healthcheck(raw['Healthcheck']);
  return {
    ...text(raw, 'User'),
    ...setOf('ExposedPorts', isObject(raw['ExposedPorts']) ? Object.keys(raw['ExposedPorts']) : []),
    ...list(raw, 'Env'),
    ...list(raw, 'Entrypoint'),
    ...list(raw, 'Cmd'),
    ...setOf('Volumes', volumes),
    // The root is what runtimes take where there is none; some versions of engines write it down and some don't.
    ...(raw['WorkingDir'] === '/' ? {} : text(raw, 'WorkingDir')),
    ...(allLabels === undefined ? {} : { Labels: allLabels }),
    ...text(raw, 'StopSignal'),
    ...(health === undefined ? {} : { Healthcheck: health }),
  };
}

function text(raw: Record<string, unknown>, key: string): Record<string, string> {
  const value = raw[key];
  return typeof value === 'string' && value !== '' ? { [key]: value } : {};
}

function list(raw: Record<string, unknown>, key: string): Record<string, string[]> {
  const value = raw[key];
  return isStringArray(value) && value.length > 0 ? { [key]: value } : {};
}

/** Go writes a set as a map to empty objects. */
function setOf(key: string, values: readonly string[]): Record<string, Record<string, object>> {
  const names = sorted(Object.fromEntries(values.map((name) => [name, {}])));
  return names === undefined ? {} : { [key]: names };
}

function healthcheck(value: unknown): Healthcheck | undefined {
  if (!isObject(value)) return undefined;
  const number = (key: string): Record<string, number> => {
    const field = value[key];
    return typeof field === 'number' && field !== 0 ? { [key]: field } : {};
  };
  const result: Healthcheck = {
    ...list(value, 'Test'),
    ...number('Interval'),
    ...number('Timeout'),
    ...number('StartPeriod'),
    ...number('StartInterval'),
    ...number('Retries'),
  };
  return Object.keys(result).length === 0 ? undefined : result;
}
