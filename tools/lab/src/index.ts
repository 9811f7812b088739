export { type Availability, judgeAvailability, labAvailability, type MachineFacts } from './availability.ts';
export { labClient } from './client.ts';
export { type DockerEngine, type LabOptions, startDockerEngine } from './docker-engine.ts';
export { type LabProcess } from './processes.ts';
export { type SshHost, startSshHost } from './ssh-host.ts';
export { type LabStatus, labStatus } from './status.ts';
export { stopLab } from './stop.ts';
export { labFolder } from './paths.ts';
export { type FaultyProxy, type SeenRequest, startFaultyProxy } from './proxy/faulty-proxy.ts';
export { type Fault, type FaultRule } from './proxy/rules.ts';
export { type Access, type Grants } from './registry/grants.ts';
export {
  ensureRegistry,
  registryAvailability,
  registryIsTested,
  type RegistryProgramOptions,
} from './registry/program.ts';
export { type Registry, type RegistryOptions, startRegistry } from './registry/registry.ts';
export { type TokenRequest } from './registry/token-server.ts';
export { type FakeGitlab, type FakeGitlabOptions, startFakeGitlab } from './gitlab/fake-gitlab.ts';
export { type Issue, type MergeAnswer, type MergeRequest, type Status } from './gitlab/project.ts';
export { ensureProgram } from './debian-program.ts';
export { type Machine, type MachineOptions, startMachine } from './machine/machine.ts';
export { type NameServer, startNameServer } from './machine/name-server.ts';
export { type Relay, startRelay } from './machine/relay.ts';
export { type AptRepository, type DebianPackage, startAptRepository } from './machine/apt-repository.ts';
export { GITLAB_RUNNER } from './machine/gitlab-runner.ts';
export { type MachineKind, MACHINES, type UserKind } from './test-machines/catalog.ts';
export { type Cell, pickCells } from './test-machines/cells.ts';
export { type MatrixOptions, type MatrixResult, runMatrix } from './test-machines/matrix.ts';
export { type CellResult, projectsOf } from './test-machines/result.ts';
export { SMALL_IMAGES, writeSmallImages } from './test-machines/small-image.ts';
