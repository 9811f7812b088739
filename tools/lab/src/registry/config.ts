/** What a registry's configuration says. Paths are absolute. */
export interface RegistryConfig {
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** Folder of blobs and manifests. */
  readonly storage: string;
  /** Whether manifests and blobs may be deleted. */
  readonly deletes: boolean;
  /** The token server; without one, everybody may do everything. */
  readonly token?: {
    /** Where clients get tokens. */
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    /** PEM file of the certificate whose key signs tokens. */
    readonly certificate: string;
  };
}

/**
 * Writes the configuration file of CNCF Distribution 2.8. Pure.
 *
 * @param config what it says
 * @returns JSON, which is YAML too
 */
export function registryConfig(config: RegistryConfig): string {
  const { token } = config;
  return JSON.stringify(
    {
      version: '0.1',
      log: { level: 'info', formatter: 'text' },
      storage: {
        // No blobdescriptor cache: what a test takes out of the storage is gone at once.
        filesystem: { rootdirectory: config.storage },
        delete: { enabled: config.deletes },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: {
        addr: `127.0.0.1:${String(config.port)}`,
        // Uploads then stay on whatever proxy the client sees.
        relativeurls: true,
        // Signs the state of uploads: with a fixed one they go on after a restart.
        secret: 'dockyard-lab',
      },
      ...(token === undefined
        ? {}
        : {
            auth: {
              token: {
                realm: token.realm,
                service: token.service,
                issuer: token.issuer,
                rootcertbundle: token.certificate,
              },
            },
          }),
    },
    undefined,
    2,
  );
}
