import { UserError } from '@dockyard/exec';

const BLOCK = /-----BEGIN PGP [A-Z ]+-----\r?\n([\s\S]*?)-----END PGP [A-Z ]+-----/g;

/**
 * Takes the ASCII armour off OpenPGP data (RFC 9580, 6.2); binary data stays as it is. gpgv reads keys only so.
 *
 * @param data armoured or binary
 * @param file shown in errors
 * @throws {UserError} the armour is damaged
 */
export function withoutArmor(data: Buffer, file: string): Buffer {
  if (((data[0] ?? 0) & 0x80) !== 0) return data;
  const blocks = [...data.toString('latin1').matchAll(BLOCK)].map(([, block = '']) => {
    // Header lines end at the first empty line; the last line may be a checksum.
    const body = block.replace(/^(?:[A-Za-z]+: .*\r?\n)*\s*\n/, '').replace(/^=[A-Za-z0-9+/]{4}\s*$/m, '');
    return Buffer.from(body, 'base64');
  });
  if (blocks.length === 0 || blocks.some((block) => block.length === 0))
    throw new UserError(`${file} is no OpenPGP key.`, {
      hint: 'Put the public key there, as `gpg --export --armor` writes it.',
    });
  return Buffer.concat(blocks);
}
