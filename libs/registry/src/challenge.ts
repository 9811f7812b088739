import { Field } from './field.ts';

/** What a registry asks for before it answers. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case; none where the scheme has a single value. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Reads the WWW-Authenticate fields of a 401 answer, each of which may hold several challenges (RFC 9110, 11.6.1). What breaks the grammar is
 * passed over, and so is a challenge that names a parameter twice.
 *
 * @param fields the value of each
 * @returns in their order
 */
export function parseChallenges(fields: readonly string[]): Challenge[] {
  return fields.flatMap((text) => {
    const field = new Field(text);
    const challenges: Challenge[] = [];
    while (field.next()) {
      const scheme = field.token()?.toLowerCase();
      const spaced = field.space();
      if (scheme === undefined || !(spaced || field.ended() || field.take(','))) {
        field.skipMember();
        continue;
      }
      const parameters = spaced ? readParameters(field) : new Map<string, string>();
      if (parameters !== undefined) challenges.push({ scheme, parameters });
    }
    return challenges;
  });
}

/** What stands behind a scheme: one value (token68), or parameters; undefined where one comes twice. */
function readParameters(field: Field): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let repeated = false;
  if (field.match(/[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y) !== undefined) return parameters;
  for (;;) {
    const parameter = field.attempt(() => readParameter(field));
    if (parameter === undefined) return repeated ? undefined : parameters;
    repeated ||= parameters.has(parameter.name);
    parameters.set(parameter.name, parameter.value);
  }
}

function readParameter(field: Field): { name: string; value: string } | undefined {
  field.next();
  const name = field.token()?.toLowerCase();
  if (name === undefined || !field.equals()) return undefined;
  // Some registries leave out the quotes around a URL.
  const value = field.quoted() ?? field.match(/[^\s,"]+/y);
  return value === undefined ? undefined : { name, value };
}
