import { type CommandResult, exec } from '@dockyard/exec';

/**
 * Runs skopeo without anybody's credentials, policy or TLS. It doesn't throw: tests look at how it failed.
 *
 * @param args such as `copy`, `oci:…`, `docker://…`
 */
export function skopeo(...args: readonly string[]): Promise<CommandResult> {
  return exec(
    {
      command: 'skopeo',
      args: ['--insecure-policy', ...args],
      env: { REGISTRY_AUTH_FILE: '/nonexistent/auth.json', DOCKER_CONFIG: '/nonexistent' },
    },
    { reject: false, timeoutMs: 120_000 },
  );
}

/**
 * Pushes an image layout.
 *
 * @param layout its folder
 * @param reference such as `127.0.0.1:5000/redis:8`
 * @param options more options of `skopeo copy`
 */
export function push(layout: string, reference: string, ...options: readonly string[]): Promise<CommandResult> {
  return skopeo('copy', '--quiet', '--dest-tls-verify=false', ...options, `oci:${layout}`, `docker://${reference}`);
}
