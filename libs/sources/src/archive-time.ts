import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { decompressed } from './decompressed.ts';

/** The first second that an unsigned 32-bit field no longer holds. No clock is asked what is the future. */
const TOO_LATE = 2 ** 32;

/**
 * Tells when the newest member of a tar archive was changed. That is a function of the archive's bytes and of nothing
 * else: of each member the time that unpacking it would set (pax counts before ustar), rounded down to seconds. Times
 * before 1970 or from 2106 on, which 32 bits don't hold, don't count. Of a damaged archive what comes before the damage
 * counts. It is read as a stream, whatever its size.
 *
 * @param file path of a tar, plain or compressed with gzip, bzip2, xz or zstd
 * @returns seconds since 1970; undefined for what isn't such an archive, or has no member with such a time
 * @throws {NodeJS.ErrnoException} the file can't be read
 */
export async function archiveTime(file: string): Promise<number | undefined> {
  let newest: number | undefined;
  // Its types don't know the option: archives without a magic, as automake makes them by default, are read too.
  const options: object = { allowUnknownFormat: true };
  const tar = extract(options);
  tar.on('entry', (header, content, next) => {
    const time = timeOf(header);
    if (time >= 0 && time < TOO_LATE) newest = Math.max(newest ?? 0, time);
    content.on('end', () => {
      next();
    });
    // The archive reports the damage that cuts a member short.
    content.on('error', () => undefined);
    content.resume();
  });
  // It may report again once the pipeline has ended.
  tar.on('error', () => undefined);
  await pipeline(
    Readable.from(decompressed(file), { objectMode: false }),
    tar as unknown as NodeJS.WritableStream,
  ).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
  });
  return newest;
}

function timeOf({ mtime, pax }: Header): number {
  const precise = (pax as Readonly<Record<string, string>> | null)?.['mtime'];
  const seconds = precise === undefined ? mtime.getTime() / 1000 : Number(precise);
  return Math.floor(seconds);
}
