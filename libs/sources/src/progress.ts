import type { FetchEvent, Report } from './events.ts';

const EVERY_MS = 5_000;
const REDRAW_MS = 100;
const BAR = 24;

/** Where progress is shown: `process.stderr`, or anything like it. */
export interface ProgressStream {
  write(text: string): unknown;
  /** Takes whole lines, which otherwise are written. */
  readonly line?: (text: string) => void;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Progress {
  readonly report: Report;
  /** Removes the bars and writes the summary. Call it however fetching ended; twice does no harm. */
  readonly end: () => void;
}

interface Transfer {
  readonly begun: number;
  url: string;
  received: number;
  size: number | undefined;
}

/**
 * Shows fetching: bars on a terminal; elsewhere a plain line every few seconds. Both end with one line that sums up.
 *
 * @param stream where to write
 * @param options `everyMs`: how many milliseconds lie between two lines (not on a terminal)
 */
export function showProgress(stream: ProgressStream, options: { everyMs?: number } = {}): Progress {
  const terminal = stream.isTTY === true;
  const everyMs = options.everyMs ?? EVERY_MS;
  const transfers = new Map<string, Transfer>();
  let drawn = 0;
  let lastDraw = -Infinity;
  // Of fetching, not of whatever comes before and after it.
  let [begun, ended, lastLine] = [0, 0, 0];
  let [fetched, bytes, kept] = [0, 0, 0];

  const clear = (): void => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = (force: boolean): void => {
    const now = performance.now();
    if (!terminal || (!force && now - lastDraw < REDRAW_MS)) return;
    lastDraw = now;
    clear();
    const lines = [...transfers].map(([file, transfer]) =>
      bar(file, transfer, now).slice(0, (stream.columns ?? 80) - 1),
    );
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const print = (text: string): void => {
    if (stream.line === undefined) stream.write(`${text}\n`);
    else stream.line(text);
  };
  const line = (text: string): void => {
    clear();
    print(text);
    draw(true);
  };
  const underWay = (): void => {
    if (terminal || ended - lastLine < everyMs) return;
    lastLine = ended;
    line(describe(transfers, { fetched, bytes, seconds: (ended - begun) / 1000 }));
  };
  const handle = (event: FetchEvent): void => {
    const { file } = event;
    ended = performance.now();
    if (begun === 0) begun = lastLine = ended;
    switch (event.type) {
      case 'start':
        transfers.set(file, { begun: ended, url: event.url, received: 0, size: undefined });
        return draw(true);
      case 'progress': {
        const transfer = transfers.get(file);
        if (transfer === undefined) return;
        transfer.received = event.received;
        transfer.size = event.size;
        underWay();
        return draw(false);
      }
      case 'present':
        kept++;
        return;
      case 'fetched':
        transfers.delete(file);
        fetched++;
        bytes += event.size;
        return draw(true);
      case 'failed':
        transfers.delete(file);
        return line(`${file}: ${event.url}: ${event.reason}`);
      case 'pause':
        return line(`${file}: trying again in ${(event.ms / 1000).toFixed(1)} s`);
      case 'waiting':
        return line(`${file}: another process is fetching it`);
      case 'corrupt':
        return line(
          `${file}: the stored copy was damaged and is deleted (${event.path}: expected ${event.expected}, found ${event.found})`,
        );
      case 'signed':
        return;
    }
  };
  const end = (): void => {
    clear();
    transfers.clear();
    if (fetched + kept === 0) return;
    const seconds = ((ended - begun) / 1000).toFixed(1);
    const downloaded = fetched === 0 ? '' : `${fetched} fetched (${megabytes(bytes)}, ${seconds} s), `;
    print(`sources: ${downloaded}${kept} from the store`);
    [begun, fetched, bytes, kept] = [0, 0, 0, 0];
  };
  return { report: handle, end };
}

const NAMED = 3;

/** One line about all downloads that are under way. */
function describe(
  transfers: ReadonlyMap<string, Transfer>,
  done: { fetched: number; bytes: number; seconds: number },
): string {
  const all = [...transfers];
  const names = all.slice(0, NAMED).map(([file, { received, size }]) => {
    const of = size === undefined || size === 0 ? '' : ` of ${megabytes(size)}`;
    return `${file} ${megabytes(received)}${of}`;
  });
  const more = all.length > NAMED ? `, ${all.length - NAMED} more` : '';
  const received = done.bytes + all.reduce((sum, [, transfer]) => sum + transfer.received, 0);
  const speed = `${megabytes(received / Math.max(done.seconds, 0.001))}/s`;
  return `downloading ${names.join(', ')}${more}; ${done.fetched} done, ${speed}`;
}

function bar(file: string, { received, size, begun }: Transfer, now: number): string {
  const speed = `${megabytes((received * 1000) / Math.max(now - begun, 1))}/s`;
  if (size === undefined || size === 0) return `${file}  ${megabytes(received)}  ${speed}`;
  const share = Math.min(received / size, 1);
  const full = Math.round(share * BAR);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${percent}%  ${file}  ${megabytes(received)} of ${megabytes(size)}  ${speed}`;
}

function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
