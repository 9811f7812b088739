export { type BuildStep, parseBuildStep } from './build-step.ts';
export { type DetectOptions, detectEngine, engineOfEnvironment } from './detect.ts';
export { idArguments, ourselves } from './ailments.ts';
export { isOnThisMachine } from './docker-host.ts';
export { proveEngine } from './proof/prove.ts';
export type {
  BuildContext,
  BuildOptions,
  BuildRequest,
  Container,
  ContainerExecOptions,
  Engine,
  Mount,
  StageRequest,
  StartOptions,
} from './types.ts';
