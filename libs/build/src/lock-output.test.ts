import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withOutputLock } from './lock-output.ts';

let workspace: string;
let lines: string[];
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-lock-'));
  lines = [];
});
afterEach(() => rmSync(workspace, { recursive: true }));

const locked = <T>(fn: () => Promise<T>, staleMs?: number): Promise<T> =>
  withOutputLock(workspace, 'dist/images/redis/amd64/image', (line) => void lines.push(line), fn, staleMs);

/** A lock that a process left which is gone. */
function leaveLock(time: Date): void {
  const path = join(workspace, '.dockyard/locks/dist_images_redis_amd64_image.lock');
  mkdirSync(path, { recursive: true });
  utimesSync(path, time, time);
}

function releaseLock(): void {
  rmSync(join(workspace, '.dockyard/locks/dist_images_redis_amd64_image.lock'), { recursive: true, force: true });
}

describe('the lock of an output', () => {
  it('is one at a time', async () => {
    const order: string[] = [];
    let open = (): void => undefined;
    const first = locked(async () => {
      order.push('first');
      await new Promise<void>((resolve) => (open = resolve));
      order.push('first ends');
    });
    while (order.length === 0) await new Promise(setImmediate);
    const second = locked(() => Promise.resolve(order.push('second')));
    while (lines.length === 0) await new Promise(setImmediate);
    open();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'first ends', 'second']);
    expect(lines).toEqual(['Another process builds dist/images/redis/amd64/image in this checkout: waiting for it']);
  });

  it('that nobody renewed for long is nobody’s', async () => {
    leaveLock(new Date(Date.now() - 60_000));
    expect(await locked(() => Promise.resolve(7))).toBe(7);
    expect(lines).toEqual([]);
  });

  it('of a time in the future is nobody’s either, once nobody renews it', async () => {
    leaveLock(new Date('2100-01-01'));
    expect(await locked(() => Promise.resolve(7), 100)).toBe(7);
  });

  it('that is renewed is not taken away', async () => {
    let renewals = 0;
    const renew = (): void => {
      renewals += 1;
      leaveLock(new Date(Date.UTC(2100, 0, 1, 0, 0, renewals)));
    };
    renew();
    const timer = setInterval(() => {
      if (renewals < 5) renew();
      else releaseLock();
    }, 300);
    await locked(() => Promise.resolve(), 3_000);
    clearInterval(timer);
    expect(renewals).toBe(5);
  });
});
