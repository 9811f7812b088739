/** A remote Docker Engine that builds one platform. */
export interface Remote {
  readonly platform: string;
  /** `ssh://[user@]host[:port]`, as Docker takes it in DOCKER_HOST. */
  readonly host: string;
  /** Where it was configured: `DOCKYARD_RUNNERS`, or `file:line`. */
  readonly source: string;
}
