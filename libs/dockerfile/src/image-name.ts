/** An image reference taken apart: `host:5000/name:tag@sha256:…`. */
export interface ImageName {
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

/**
 * Takes an image reference apart (the grammar of the distribution project's `reference` package).
 *
 * @returns undefined where the text is no image reference
 */
export function parseImageName(text: string): ImageName | undefined {
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const beforeDigest = at === -1 ? text : text.slice(0, at);
  const colon = beforeDigest.lastIndexOf(':');
  const tagged = colon > beforeDigest.lastIndexOf('/');
  const tag = tagged ? beforeDigest.slice(colon + 1) : undefined;
  const name = tagged ? beforeDigest.slice(0, colon) : beforeDigest;
  const [first = '', ...path] = name.split('/');
  const hosted = path.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const components = hosted ? path : [first, ...path];
  if (hosted && !/^[A-Za-z0-9.-]+(?::\d+)?$/.test(first)) return undefined;
  if (!components.every((component) => /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/.test(component))) return undefined;
  if (tag !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tag)) return undefined;
  if (digest !== undefined && !/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(digest)) return undefined;
  return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}
