import type { FetchEvent, Report } from './events.ts';

const SLOW_MS = 2_000;
const REDRAW_MS = 100;
const BAR = 24;

/** Where progress is shown: `process.stderr`, or anything like it. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Progress {
  readonly report: Report;
  /** Removes the bars and writes the summary. Call it however fetching ended. */
  end(): void;
}

interface Transfer {
  readonly begun: number;
  url: string;
  received: number;
  size: number | undefined;
  announced: boolean;
}

/**
 * Shows fetching: bars on a terminal; elsewhere plain lines, one for each download that takes long. Both end with one line
 * that sums up.
 *
 * @param stream where to write
 * @param options `slowMs`: from how many milliseconds on a download gets its own line (not on a terminal)
 */
export function showProgress(stream: ProgressStream, options: { slowMs?: number } = {}): Progress {
  const terminal = stream.isTTY === true;
  const slowMs = options.slowMs ?? SLOW_MS;
  const transfers = new Map<string, Transfer>();
  const begun = performance.now();
  let drawn = 0;
  let lastDraw = -Infinity;
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
  const line = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
    draw(true);
  };
  const handle = (event: FetchEvent): void => {
    const { file } = event;
    switch (event.type) {
      case 'start':
        transfers.set(file, {
          begun: performance.now(),
          url: event.url,
          received: 0,
          size: undefined,
          announced: false,
        });
        return draw(true);
      case 'progress': {
        const transfer = transfers.get(file);
        if (transfer === undefined) return;
        transfer.received = event.received;
        transfer.size = event.size;
        if (!terminal && !transfer.announced && performance.now() - transfer.begun >= slowMs) {
          transfer.announced = true;
          line(
            `downloading ${file}${event.size === undefined ? '' : ` (${megabytes(event.size)})`} from ${transfer.url}`,
          );
        }
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
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    stream.write(`sources: ${fetched} fetched (${megabytes(bytes)}), ${kept} from the store, ${seconds} s\n`);
  };
  return { report: handle, end };
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
