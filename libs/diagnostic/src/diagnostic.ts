/** One mistake in a file that a person wrote. */
export interface Diagnostic {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** The path of the field in image.yaml, such as `sources[0].file`. */
  readonly field?: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** What a reader found: a value, or every mistake of the file. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Writes diagnostics for a terminal, one after the other in the order given.
 *
 * @returns lines `file:line:column  field: message`, each followed by its fix, indented; no newline at the end
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ file, line, column, field, message, fix }) => {
      const text = field === undefined ? message : `${field}: ${message}`;
      return `${file}:${line}:${column}  ${text}${fix === undefined ? '' : `\n    ${fix.replaceAll('\n', '\n    ')}`}`;
    })
    .join('\n');
}

/** Orders diagnostics as the file is read: by line, then by column. */
export function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column;
}

/** Quotes what was found, cut short where somebody pasted a book. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

/** Cuts a text short, to at most so many characters. */
export function shorten(text: string, longest = 80): string {
  return text.length > longest ? `${text.slice(0, longest - 3)}…` : text;
}
