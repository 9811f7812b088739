import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, type Exec, UserError, withTemporaryDirectory, writeFileAtomic } from '@dockyard/exec';
import { withoutArmor } from './armor.ts';
import type { FetchContext } from './fetch-context.ts';
import type { SourceRequest, SourceSignature } from './request.ts';
import { inRounds } from './rounds.ts';

/**
 * Checks the detached OpenPGP signature over a file, each time. A signature that proved good is kept, so that the next
 * time needs no network.
 *
 * @param source the file's request
 * @param signature where the signature and the key lie
 * @param path the file, its digest verified
 * @throws {UserError} it isn't a good signature of that key, or there is no way to tell
 */
export async function checkSignature(
  source: SourceRequest,
  signature: SourceSignature,
  path: string,
  context: FetchContext,
): Promise<void> {
  const { store, exec, signal, report } = context;
  const key = await readFile(signature.keyFile).catch((error: unknown) => {
    throw new UserError(`${source.file}: its key ${signature.keyFile} can't be read.`, {
      hint: 'Put the public key beside image.yaml.',
      cause: error,
    });
  });
  const keyring = withoutArmor(key, signature.keyFile);
  const cached = store.signature(source.digest, key);
  const kept = await readFile(cached).catch(() => undefined);
  if (kept !== undefined && (await verify(exec, path, kept, keyring, signal)) === undefined) {
    report({ type: 'signed', file: source.file, key: signature.keyFile });
    return;
  }
  await rm(cached, { force: true });
  const name = `the signature of ${source.file}`;
  const locations = await context.locator.locate(signature.urls);
  const fetched = await inRounds(name, locations, context, async (location) => {
    const request = { signal, stallMs: context.limits.stallMs, insecure: location.insecure };
    return context.http.bytes(await location.find(request), request);
  });
  const problem = await verify(exec, path, fetched, keyring, signal);
  if (problem !== undefined)
    throw new UserError(`${source.file} has no good signature of the key ${signature.keyFile}: ${problem}`, {
      hint: 'Do not use this file before you know why. If upstream has a new key, put that key there.',
    });
  await writeFileAtomic(cached, fetched);
  report({ type: 'signed', file: source.file, key: signature.keyFile });
}

async function verify(
  exec: Exec,
  file: string,
  signature: Uint8Array,
  keyring: Uint8Array,
  signal: AbortSignal,
): Promise<string | undefined> {
  return withTemporaryDirectory(tmpdir(), 'dockyard-gpg-', async (home) => {
    const keys = join(home, 'key.gpg');
    const detached = join(home, 'file.sig');
    await writeFile(keys, keyring);
    await writeFile(detached, signature);
    const common = ['--homedir', home, '--status-fd', '1', '--keyring', keys];
    const programs = [
      { command: 'gpgv', args: [...common, detached, file] },
      {
        command: 'gpg',
        args: [
          '--batch',
          '--no-autostart',
          '--no-default-keyring',
          '--trust-model',
          'always',
          ...common,
          '--verify',
          detached,
          file,
        ],
      },
    ];
    for (const { command, args } of programs) {
      const env = { GNUPGHOME: home, LC_ALL: 'C' };
      const result = await exec({ command, args, env }, { reject: false, signal }).catch((error: unknown) => {
        if (error instanceof CommandError && error.notFound) return undefined;
        throw error;
      });
      if (result !== undefined) return judge(result.stdout, result.stderr);
    }
    throw new UserError('A signature must be checked, and there is neither gpgv nor gpg here.', {
      hint: 'Install GnuPG (Debian: apt-get install gpgv).',
    });
  });
}

// By the status lines (GnuPG's doc/DETAILS), not the exit code: a file may also carry signatures of keys we don't ask
// for. One good signature of ours is needed, and no bad one; an expired or revoked key gives no GOODSIG.
function judge(status: string, said: string): string | undefined {
  const words = status.split('\n').map((line) => /^\[GNUPG:\] (\w+)/.exec(line)?.[1]);
  if (words.includes('BADSIG')) return 'BAD signature: the file is not what was signed.';
  if (words.includes('GOODSIG') && words.includes('VALIDSIG')) return undefined;
  if (words.includes('EXPKEYSIG')) return 'the key has expired.';
  if (words.includes('REVKEYSIG')) return 'the key is revoked.';
  if (words.includes('EXPSIG')) return 'the signature has expired.';
  if (words.includes('NO_PUBKEY')) return 'another key made it.';
  return said.trim() === '' ? 'it is no signature.' : said.trim();
}
