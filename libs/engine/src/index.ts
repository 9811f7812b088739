export { type DetectOptions, detectEngine } from './detect.ts';
export type {
  BuildContext,
  BuildOptions,
  BuildRequest,
  Container,
  ContainerExecOptions,
  Engine,
  Mount,
  StartOptions,
} from './types.ts';
