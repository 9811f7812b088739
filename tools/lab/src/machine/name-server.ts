import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';

/** A running name server. */
export interface NameServer {
  stop(): Promise<void>;
}

const NAME_ERROR = 3;

/**
 * Answers a query (RFC 1035) from a list of names with one IPv6 address each (RFC 3596). Pure.
 *
 * @param query the message
 * @param names address by name
 * @returns the answer: without an address for a type that a name doesn't have, a name error for every other name
 */
export function answer(query: Buffer, names: Readonly<Record<string, string>>): Buffer {
  const { id, questions = [] } = decode(query);
  const [question] = questions;
  const address = question === undefined ? undefined : names[question.name.toLowerCase()];
  const found: Packet['answers'] =
    question?.type === 'AAAA' && address !== undefined
      ? [{ type: 'AAAA', name: question.name, ttl: 60, data: address }]
      : [];
  return encode({
    type: 'response',
    ...(id === undefined ? {} : { id }),
    flags: AUTHORITATIVE_ANSWER | (address === undefined ? NAME_ERROR : 0),
    questions,
    answers: found,
  });
}

/**
 * Starts a name server over UDP.
 *
 * @param address IP address to listen on
 * @param names IPv6 address by name
 * @param port by default that of DNS
 */
export async function startNameServer(
  address: string,
  names: Readonly<Record<string, string>>,
  port = 53,
): Promise<NameServer> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message, sender) => {
    let reply: Buffer;
    try {
      reply = answer(message, names);
    } catch {
      // No query: a name server says nothing to that.
      return;
    }
    socket.send(reply, sender.port, sender.address);
  });
  socket.bind({ address, port, exclusive: true });
  await once(socket, 'listening');
  return {
    stop: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
