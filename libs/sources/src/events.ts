/** What happens while sources are fetched, for whoever shows it. `file` is the request's name. */
export type FetchEvent =
  /** The store has it. */
  | { readonly type: 'present'; readonly file: string }
  /** The store's copy was damaged and is deleted. */
  | {
      readonly type: 'corrupt';
      readonly file: string;
      readonly path: string;
      readonly expected: string;
      readonly found: string;
    }
  /** Another process fetches it. */
  | { readonly type: 'waiting'; readonly file: string }
  | { readonly type: 'start'; readonly file: string; readonly url: string }
  /** Bytes in hand, of how many where known. */
  | { readonly type: 'progress'; readonly file: string; readonly received: number; readonly size: number | undefined }
  /** One URL failed; another, or another round, follows or the error does. */
  | { readonly type: 'failed'; readonly file: string; readonly url: string; readonly reason: string }
  /** All URLs were tried; those that may still work are tried again after this many milliseconds. */
  | { readonly type: 'pause'; readonly file: string; readonly ms: number }
  | { readonly type: 'fetched'; readonly file: string; readonly url: string; readonly size: number }
  /** Its signature is good. */
  | { readonly type: 'signed'; readonly file: string; readonly key: string };

export type Report = (event: FetchEvent) => void;
