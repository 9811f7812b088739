/** Types of the OCI image specification 1.1, field by field. */

/** A sha256 content digest, `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

/** The media types that Dockyard writes, and those that engines hand over. */
export const MEDIA_TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerLayerZstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
} as const;

/** The annotation by which tools address one image of a layout (`oci:DIR:NAME`). */
export const REF_NAME = 'org.opencontainers.image.ref.name';

/** Annotation of a descriptor in index.json: the name that containerd, Docker and Podman give the image when they load the layout. */
export const IMAGE_NAME = 'io.containerd.image.name';

/** The platform object of an index entry. */
export interface DescriptorPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

/** A content descriptor (OCI image spec, descriptor.md). `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: DescriptorPlatform;
}

/** An image manifest (OCI image spec, manifest.md). */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image index (OCI image spec, image-index.md); `index.json` of a layout has this form too. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Docker's health check, which OCI reserves a name for. Times are in nanoseconds. */
export interface Healthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** What a container of the image runs with (`config` of an image configuration). */
export interface ContainerConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly Healthcheck?: Healthcheck;
}

/** One step of an image's history. */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** An image configuration (OCI image spec, config.md). */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly config?: ContainerConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
}

/**
 * What is known of one finished layout; kept beside it as `image.json` or `artifacts.json`.
 * The same inputs give the same record: it holds no time of the build and no name of an engine.
 */
export interface ImageRecord {
  readonly schemaVersion: 1;
  readonly project: string;
  readonly kind: 'artifacts' | 'image';
  /** `os/architecture[/variant]` */
  readonly platform: string;
  /** digest of the manifest */
  readonly digest: Digest;
  /** digest of the configuration, which engines call the image's id */
  readonly config: Digest;
  /** bytes of the configuration and of all layers as compressed, those of the parents included */
  readonly size: number;
  readonly layers: readonly { readonly digest: Digest; readonly size: number; readonly diffId: Digest }[];
  /** the parents whose blobs the layout leaves out; `layout` is relative to the workspace, `digest` the parent's manifest */
  readonly parents: readonly { readonly layout: string; readonly digest: Digest }[];
  /** seconds since 1970 that every time stamp of the image was set to */
  readonly epoch: number;
  /** `epoch` as RFC 3339 */
  readonly created: string;
  /** it, or something that it is made from, has other Debian packages than its lock: it can't be published */
  readonly unlocked?: true;
}
