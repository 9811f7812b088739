/** The names that a version gives to templates; `minor` and `patch` only where the version has them. */
export interface VersionParts {
  readonly version: string;
  readonly major: string;
  readonly minor?: string;
  readonly patch?: string;
}

/**
 * Takes a version apart for templates.
 *
 * @param version an upstream version, such as `8.0.2`, `13` or `9.9p1`
 * @returns the parts it has; undefined where it begins with no number
 */
export function versionParts(version: string): VersionParts | undefined {
  const [, major, minor, patch] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version) ?? [];
  if (major === undefined) return undefined;
  return {
    version,
    major,
    ...(minor === undefined ? {} : { minor }),
    ...(patch === undefined ? {} : { patch }),
  };
}

/**
 * Replaces `{name}` in a text.
 *
 * @param template such as `{major}.{minor}` or `app-{version}-linux-{arch}.tar.gz`
 * @param values what the names stand for; a name without a value is left as it is, so that `{arch}` can follow later
 */
export function expandTemplate(template: string, values: Readonly<Record<string, string | undefined>>): string {
  return template.replace(/\{([^{}]*)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** The names between braces in a template, each once. */
export function templateNames(template: string): string[] {
  return [...new Set(Array.from(template.matchAll(/\{([^{}]*)\}/g), ([, name = '']) => name))];
}
