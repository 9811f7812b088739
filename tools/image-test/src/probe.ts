import { connect } from 'node:net';

/**
 * Tells whether a server listens behind an address. To be connected isn't enough: Docker's port proxy and ssh tunnels accept first and close
 * when nobody answers behind them. So the connection must also stay open for a while, or bring data.
 *
 * @param address where to connect
 * @param holdMs milliseconds that it must stay open
 */
export function listens(address: { readonly host: string; readonly port: number }, holdMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(10_000, () => done(false));
    socket.once('connect', () => {
      const timer = setTimeout(() => done(true), holdMs);
      socket.once('close', () => clearTimeout(timer));
    });
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
    socket.once('end', () => done(false));
  });
}
