/** One file to fetch and what it must be. */
export interface SourceRequest {
  /** Name under which the definition knows it: one path component. */
  readonly file: string;
  /** `https:`, `http:` (loopback hosts only), `debian:pool/…`, `npm:package@version`; tried in order. */
  readonly urls: readonly string[];
  readonly digest: SourceDigest;
  /** Bytes, where known. */
  readonly size?: number;
  readonly signature?: SourceSignature;
  /** The definition's file that declares it, so that an error can name it. */
  readonly declaredIn?: string;
}

export interface SourceDigest {
  readonly algorithm: 'sha256' | 'sha512';
  /** Lower-case hex. */
  readonly hex: string;
}

/** A detached OpenPGP signature over the file. */
export interface SourceSignature {
  /** Where the signature lies; same schemes as the source's, tried in order. */
  readonly urls: readonly string[];
  /** Path of the public key, armoured or binary, that must have made it. */
  readonly keyFile: string;
}
