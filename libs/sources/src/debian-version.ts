/**
 * Compares two versions as dpkg does (Debian Policy 5.6.12).
 *
 * @param one `[epoch:]upstream[-revision]`
 * @param other likewise
 * @returns negative where `one` is the older, 0 where they are equal, positive where it is the newer
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parts(one), parts(other)];
  return a.epoch - b.epoch || comparePart(a.upstream, b.upstream) || comparePart(a.revision, b.revision);
}

function parts(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = '0', upstream = '', revision = ''] = /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/.exec(version) ?? [];
  return { epoch: Number(epoch), upstream, revision };
}

function comparePart(one: string, other: string): number {
  // Text and numbers by turns, as far as the longer of the two goes.
  const pieces = (part: string): string[] => part.split(/(\d+)/);
  const [a, b] = [pieces(one), pieces(other)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x = '', y = ''] = [a[i], b[i]];
    const result = i % 2 === 0 ? compareText(x, y) : compareNumber(x, y);
    if (result !== 0) return result;
  }
  return 0;
}

function compareNumber(one: string, other: string): number {
  const difference = BigInt(one === '' ? 0 : one) - BigInt(other === '' ? 0 : other);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function compareText(one: string, other: string): number {
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const result = order(one[i]) - order(other[i]);
    if (result !== 0) return result;
  }
  return 0;
}

/** `~` before the end, the end before letters, letters before all else. */
function order(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined) return 0;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}
