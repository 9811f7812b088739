/** What tells npm where packages come from and where it keeps its own files: a person's to say, wherever they say it. */
const KEPT =
  /^(registry|@[^:]+:registry|\/\/.*|userconfig|globalconfig|cache|cache_.*|proxy|http_proxy|https_proxy|no_?proxy|ca|cafile|cert|key|strict_ssl|local_address|maxsockets|fetch_.*|offline|prefer_offline|prefer_online|user_agent|logs_.*|color|unicode)$/i;

/**
 * Takes from an environment what npm would read as options, but for what says how packages are reached. `npm run` hands on what it
 * was called with: of an option that it doesn't know it reads the letters (`--force`, `--global` and others), and an installation
 * below it would go elsewhere or leave things out.
 *
 * @param {NodeJS.ProcessEnv} env an environment
 * @returns {NodeJS.ProcessEnv} another
 */
export function withoutNpmOptions(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      const option = /^npm_config_(.*)$/i.exec(name)?.[1];
      return option === undefined || KEPT.test(option.replace(/(?!^)-/g, '_'));
    }),
  );
}

/**
 * Reads which of the packages that hold a Node is this machine's.
 *
 * @param {{ optionalDependencies: Record<string, string>, engines: { node: string } }} manifest the workspace's package.json
 * @param {{ os: string, cpu: string }} machine in npm's words
 * @returns {{ version: string, name: string | undefined, platforms: string[] }} the version that everything runs on; the package of this
 *   machine, where there is one; what there are packages for
 */
export function nodePackage({ optionalDependencies }, { os, cpu }) {
  const names = Object.keys(optionalDependencies).filter((name) => /^node-[a-z0-9]+-[a-z0-9]+$/.test(name));
  const own = `node-${os}-${cpu}`;
  return {
    version: optionalDependencies[own] ?? optionalDependencies[names[0] ?? ''] ?? '0',
    name: names.find((name) => name === own),
    platforms: names.map((name) => name.slice('node-'.length)),
  };
}

/**
 * Reads where a package has its program `node`.
 *
 * @param {{ bin?: string | Record<string, string> }} manifest the package's package.json
 * @returns {string | undefined} relative to the package's folder
 */
export function nodeProgram({ bin }) {
  return typeof bin === 'string' ? bin : bin?.['node'];
}
