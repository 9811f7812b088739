export { type DetectOptions, detectEngine, engineOfEnvironment } from './detect.ts';
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
