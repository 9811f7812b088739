import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Digest } from './types.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether the value is a sha256 digest as OCI writes it. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && DIGEST.test(value);
}

/** The 64 hexadecimal digits of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The sha256 digest of bytes that are in memory. */
export function digestOf(data: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

/** Where a layout keeps a blob: `<layout>/blobs/sha256/<hex>` (OCI image spec, image-layout.md). */
export function blobPath(layout: string, digest: Digest): string {
  return path.join(layout, 'blobs', 'sha256', digestHex(digest));
}
