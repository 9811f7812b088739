/** An engine that can be used, or why not. */
export type Found<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly problem: string;
      /** What mends it, where that is known: a command to type, or a sentence. */
      readonly fix?: string;
      /** It is there, and with a change could be used. */
      readonly present: boolean;
    };
