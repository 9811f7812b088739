import { Client, parseRepository, publish } from '@dockyard/registry';

/** A publisher of its own process, to be killed: `publish-once.ts <prefix> <layout>`. Its first line is its process id. */
const [prefix = '', layout = ''] = process.argv.slice(2);
console.log(process.pid);
const client = new Client();
await publish(
  {
    ...{ project: 'boat', image: 'boat', version: '1.2.3', tags: ['1.2', 'latest'] },
    ...{ layout, parents: [], commit: 'a'.repeat(40) },
  },
  {
    client,
    prefix: parseRepository(prefix),
    isAncestor: () => Promise.resolve(false),
    report: (line) => {
      console.log(line);
    },
  },
);
await client.close();
