import type { Digest } from '../types.ts';

/** A layout, and the layouts that hold what it leaves out, in the order they are searched. */
export interface LayoutWithParents {
  readonly layout: string;
  readonly parents: readonly string[];
}

/** A field that differs; absent on the side that doesn't have it. */
export interface FieldDifference {
  readonly field: string;
  readonly first?: string;
  readonly second?: string;
}

/** How the content of a file differs. */
export type ContentDifference =
  | { readonly kind: 'text'; /** lines of a unified diff */ readonly lines: readonly string[] }
  | {
      readonly kind: 'binary';
      /** of the first byte that differs, counted from 0 */
      readonly offset: number;
      /** the bytes around it */
      readonly context: { readonly start: number; readonly first: Uint8Array; readonly second: Uint8Array };
    }
  /** So many files differ that this one was not read again. */
  | { readonly kind: 'not compared' };

/** One difference between the tars of two layers. Names are the paths in the tar. */
export type EntryDifference =
  | {
      readonly kind: 'missing';
      readonly name: string;
      /** the side that has it */
      readonly in: 'first' | 'second';
      /** such as `file`, `directory` */
      readonly type: string;
    }
  | {
      readonly kind: 'changed';
      readonly name: string;
      readonly fields: readonly FieldDifference[];
      readonly content?: ContentDifference & { readonly first: Digest; readonly second: Digest };
    }
  /** The entries that both have come in another order: the first place where they part. */
  | { readonly kind: 'order'; readonly first: string; readonly second: string };

/** One difference between two layouts of an image or of an index. */
export type LayoutDifference =
  | ({ readonly kind: 'field'; readonly document: 'index' | 'manifest' | 'configuration' } & FieldDifference)
  | { readonly kind: 'layer count'; readonly first: number; readonly second: number }
  | {
      readonly kind: 'layer';
      /** counted from 0, the lowest */
      readonly layer: number;
      /** of the uncompressed tars; the same where only the compressed bytes differ */
      readonly first: Digest;
      readonly second: Digest;
      /** empty where the entries are the same and only their form in the tar, or the compression, differs */
      readonly entries: readonly EntryDifference[];
    };
