import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a configuration of git with every setting that changes what git prints, runs or makes, as people have them.
 *
 * @param dir absolute path of an existing folder
 * @returns `file`: for GIT_CONFIG_GLOBAL; `traces` names the programs of it that were run
 */
export function hostileSettings(dir: string): { file: string; traces: () => string[] } {
  const [programs, traces, template] = ['programs', 'traces', 'template'].map((name) =>
    join(dir, `hostile-${name}`),
  ) as [string, string, string];
  for (const folder of [programs, traces, join(template, 'hooks')]) mkdirSync(folder, { recursive: true });
  const program = (name: string, folder = programs): string => {
    writeFileSync(join(folder, name), `#!/bin/sh\n: > '${join(traces, name)}'\nexit 1\n`, { mode: 0o755 });
    return join(folder, name);
  };
  for (const hook of ['pre-commit', 'commit-msg', 'post-commit', 'pre-push', 'reference-transaction', 'post-checkout'])
    program(hook);
  program('pre-commit', join(template, 'hooks'));
  const file = join(dir, 'hostile.gitconfig');
  const settings: Record<string, string | readonly string[]> = {
    core: [
      ...[`fsmonitor = ${program('fsmonitor')}`, `hooksPath = ${programs}`, `pager = ${program('pager')}`],
      ...['quotePath = true', 'autocrlf = true', 'safecrlf = true', 'abbrev = 4', 'untrackedCache = true'],
    ],
    color: ['ui = always', 'status = always', 'diff = always'],
    log: ['showSignature = true', 'decorate = full', 'date = relative', 'follow = true'],
    status: ['short = true', 'showUntrackedFiles = no', 'relativePaths = false'],
    diff: [
      ...[`external = ${program('diff')}`, 'mnemonicPrefix = true', 'noprefix = true', 'renames = copies'],
      ...['relative = true', 'orderFile = /nowhere'],
    ],
    i18n: ['commitEncoding = ISO-8859-1', 'logOutputEncoding = ISO-8859-1'],
    commit: ['gpgSign = true'],
    tag: ['gpgSign = true'],
    gpg: [`program = ${program('gpg')}`],
    push: [
      'gpgSign = true',
      'followTags = true',
      'recurseSubmodules = check',
      'default = nothing',
      'pushOption = theirs',
    ],
    fetch: ['recurseSubmodules = true', 'prune = true'],
    submodule: ['recurse = true'],
    clone: ['defaultRemoteName = theirs'],
    init: ['defaultBranch = theirs', `templateDir = ${template}`],
    format: ['pretty = fuller'],
    pager: ['ls-files = true', 'show = true', 'diff-tree = true'],
    alias: ['ls-files = version', 'commit = version'],
    column: ['ui = always'],
    advice: ['detachedHead = true'],
  };
  const text = Object.entries(settings).map(([section, lines]) => `[${section}]\n\t${[lines].flat().join('\n\t')}\n`);
  writeFileSync(file, text.join(''));
  return { file, traces: () => readdirSync(traces).sort() };
}
