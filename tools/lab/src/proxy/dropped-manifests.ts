const MANIFEST = /^(\/v2\/.+\/manifests\/)([^/]+)$/;

/** The manifests of a registry that pretends to have them no more. */
export class DroppedManifests {
  readonly #paths = new Set<string>();

  /**
   * Notes a PUT that the registry took.
   *
   * @param path of the request
   * @param digest the answer's `Docker-Content-Digest`
   * @param drop whether it is lost from now on; else it is there again
   */
  put(path: string, digest: string | undefined, drop: boolean): void {
    const folder = MANIFEST.exec(path)?.[1];
    if (folder === undefined) return;
    for (const each of [path, ...(digest === undefined ? [] : [folder + digest])]) {
      if (drop) this.#paths.add(each);
      else this.#paths.delete(each);
    }
  }

  /** Whether a request asks for a lost one. */
  hides(method: string, path: string): boolean {
    return (method === 'GET' || method === 'HEAD') && this.#paths.has(path);
  }
}
