/** What goes wrong with a request. Bytes are those of bodies; heads aren't counted. Connections are reset (TCP RST), not closed. */
export type Fault =
  /**
   * That much of the request's body is forwarded, then both connections break; with 0 the registry sees nothing of it. A shorter body
   * passes unharmed.
   */
  | { readonly kind: 'reset-request'; readonly after: number }
  /** The registry answers; its status, its headers and that much of the body get through. A shorter body passes unharmed. */
  | { readonly kind: 'reset-response'; readonly after: number }
  /** The registry does what it is asked, and the connection is reset instead of saying so. */
  | { readonly kind: 'lose-answer' }
  /** Another answer comes instead of the registry's, which isn't asked. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    }
  /** The answer comes `delayMs` milliseconds late, and its body at `bytesPerSecond`. */
  | { readonly kind: 'slow'; readonly delayMs?: number; readonly bytesPerSecond?: number }
  /** Nothing is forwarded, and the client waits. With `after`, the answer's head and that many bytes of its body come first. */
  | { readonly kind: 'hang'; readonly after?: number }
  /** The answer's body is another one, or what becomes of its own. `content-length` fits it; other headers stay. */
  | { readonly kind: 'swap'; readonly body: string | Uint8Array | ((body: Buffer) => string | Uint8Array) }
  /**
   * For the PUT of a manifest: the registry takes it and says so, but GET and HEAD by the same reference or by its digest in that repository
   * answer 404 from then on, until it is PUT again.
   */
  | { readonly kind: 'drop-manifest' };

/** When something goes wrong. */
export interface FaultRule {
  /** Any when absent. */
  readonly method?: string;
  /** Matched against path and query, such as `/v2/redis/blobs/uploads/?mount=…`. */
  readonly path: RegExp;
  readonly fault: Fault;
  /** How many requests it befalls; default 1, `Infinity` for all. */
  readonly times?: number;
  /** Matching requests that are let through first; default 0. */
  readonly skip?: number;
}

/**
 * Makes a chooser of rules with counters of its own. Of several rules that would befall a request the first does, and the others don't count it.
 *
 * @param rules in order of precedence
 * @returns called once for each request, with its method, path and query
 */
export function faultChooser(rules: readonly FaultRule[]): (method: string, path: string) => Fault | undefined {
  const counters = rules.map((rule) => ({ rule, matched: 0 }));
  return (method, path) => {
    for (const counter of counters) {
      const { rule } = counter;
      // search() has no memory, whatever the expression's flags.
      if ((rule.method ?? method) !== method || path.search(rule.path) < 0) continue;
      counter.matched += 1;
      const number = counter.matched - (rule.skip ?? 0);
      if (number >= 1 && number <= (rule.times ?? 1)) return rule.fault;
    }
    return undefined;
  };
}
