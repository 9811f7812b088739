export { type Availability, judgeAvailability, labAvailability, type MachineFacts } from './availability.ts';
export { labClient } from './client.ts';
export { type DockerEngine, type LabOptions, startDockerEngine } from './docker-engine.ts';
export { type LabProcess } from './processes.ts';
export { type SshHost, startSshHost } from './ssh-host.ts';
export { type LabStatus, labStatus } from './status.ts';
export { stopLab } from './stop.ts';
export {
  type Fault,
  type FaultRule,
  type FaultyProxy,
  type SeenRequest,
  startFaultyProxy,
} from './registry/faulty-proxy.ts';
export { type Registry, type RegistryOptions, startRegistry } from './registry/registry.ts';
export { type Grants } from './registry/token-server.ts';
