import type { Gitlab, Host } from '@dockyard/inventory';
import type { Facts } from '../observed.ts';

export const gitlab: Gitlab = {
  url: 'https://gitlab.example.com',
  image: 'debian:13',
  helper: 'registry.example.com/helper:{arch}-v18',
  packages: { url: 'https://packages.example.com/runner', suite: 'trixie', component: 'main', key: 'runner.asc' },
};

const position = { line: 3, column: 5 };

/** A host with both trust levels, reached over IPv6 only. */
export const host: Host = {
  name: 'arm-1',
  address: 'ssh://root@[2001:db8::7]:2222',
  platforms: ['linux/arm64'],
  network: 'ipv6',
  timeServers: [],
  developers: 'ssh://root@[2001:db8::7]:2222',
  disk: { budget: 20e9, days: 14, reserve: 5e9 },
  runners: [
    { trust: 'protected', socket: true, images: [], position },
    { trust: 'unprotected', socket: false, concurrency: 1, images: ['registry.example.com/*'], position },
  ],
  position,
};

export const facts: Facts = {
  system: 'debian',
  version: '13',
  machine: 'aarch64',
  cores: 8,
  memory: 16e9,
  sshPort: 22,
  disk: { free: 40e9, total: 80e9 },
  load: 0.5,
  prefix: 'fd12:3456:789a',
  docker: '26.1.5+dfsg1-9',
  rootlessUid: 998,
  engines: ['docker 26.1.5+dfsg1', 'podman 5.4.2'],
  uplink: 'eth0',
  acceptRa: 1,
  forwarding: true,
  nameservers: ['2001:db8::53'],
  dns64: true,
  bridge: ['fd12:3456:789a::/64'],
  masqueraded: ['fd12:3456:789a::/64'],
  synchronized: true,
  rebootRequired: false,
  failed: [],
  passwords: false,
  armed: false,
  pruned: 1_000_000,
  paused: false,
};
