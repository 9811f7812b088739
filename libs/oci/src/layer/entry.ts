/** The kinds of files that a layer holds (OCI image spec, layer.md). */
export type EntryType = 'file' | 'link' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

/**
 * An entry of a layer, its content aside. Paths and names are byte strings: a character for each byte, so that their order is that of their
 * bytes and a name in any encoding stays what it is.
 */
export interface TarEntry {
  /** From the root, without a slash at either end; '' is the root. */
  readonly path: string;
  readonly type: EntryType;
  /** Permissions with setuid, setgid and sticky bit: at most 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of the content of a file; 0 of everything else. */
  readonly size: number;
  /** Of a symbolic link what it says; of a hard link the path of the file, as {@link path}; '' of everything else. */
  readonly target: string;
  /** Device numbers; [0, 0] of everything else. */
  readonly device: readonly [major: number, minor: number];
  /** Extended attributes, values as byte strings. */
  readonly xattrs: ReadonlyMap<string, string>;
}
