import * as fc from 'fast-check';
import type { Definition } from '../src/definition.ts';
import { PLATFORMS } from '../src/platform.ts';
import { choices, mutated, repeated, Spelling } from '@dockyard/diagnostic/testing';

/** An image.yaml and what reading it must give, but for the positions. */
export interface DefinitionCase {
  readonly text: string;
  readonly definition: Omit<Definition, 'file' | 'positions'>;
}

type Yaml = string | boolean | readonly Yaml[] | { readonly [name: string]: Yaml };

/** A text with templates, and what it becomes. */
interface Template {
  readonly written: string;
  readonly text: string;
}

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
/** One line of text, with all that needs quotes in YAML. */
const line = fc
  .array(
    fc.constantFrom('a', 'é', '#', ': ', '- ', "'", '"', '\\', '{', ']', '&', '*', '!', '%', '💥', 'yes', '~', ' '),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((pieces) => `x${pieces.join('')}x`);
const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99));
const hex = (length: number) =>
  fc.stringMatching(/^[0-9a-f]{8}$/).map((digits) => digits.repeat(length / digits.length));
const platforms = fc.subarray([...PLATFORMS], { minLength: 1 });

interface Parts {
  readonly version: readonly [number, number, number];
  readonly image: string;
  readonly title: string | undefined;
  readonly description: string;
  readonly platforms: readonly (typeof PLATFORMS)[number][];
  readonly emulate: boolean | undefined;
  readonly files: readonly {
    readonly name: string;
    readonly sha256: string | undefined;
    readonly sha512: string;
    readonly signed: boolean;
    readonly everywhere: boolean;
  }[];
  readonly packages: readonly string[];
  readonly update: string | undefined;
  readonly endOfLife: boolean;
  readonly replacement: string | undefined;
  readonly variable: string | undefined;
  readonly sized: boolean;
  readonly testWith: string | undefined;
  readonly tags: readonly number[];
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const parts: fc.Arbitrary<Parts> = fc.record({
  version,
  image: name,
  title: optional(line),
  description: line,
  platforms,
  emulate: optional(fc.boolean()),
  files: fc.uniqueArray(
    fc.record({ name, sha256: optional(hex(64)), sha512: hex(128), signed: fc.boolean(), everywhere: fc.boolean() }),
    { maxLength: 3, selector: (file) => file.name },
  ),
  packages: fc.uniqueArray(
    name.map((word) => `lib${word}`),
    { maxLength: 3 },
  ),
  update: optional(line),
  endOfLife: fc.boolean(),
  replacement: optional(name),
  variable: optional(line),
  sized: fc.boolean(),
  testWith: optional(name),
  tags: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
});

const written = ({ written: text }: Template): string => text;
const filledIn = ({ text }: Template): string => text;
/** Leaves out what is undefined. */
const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]-?: Exclude<T[K], undefined>;
  };

/** The fields of image.yaml, and the definition that they are. */
function assemble(made: Parts): {
  fields: { readonly [name: string]: Yaml };
  definition: DefinitionCase['definition'];
} {
  const [major, minor, patch] = made.version;
  const full = `${major}.${minor}.${patch}`;
  const templates: readonly Template[] = [
    { written: '{version}', text: full },
    { written: '{major}.{minor}', text: `${major}.${minor}` },
    { written: 'v{major}', text: `v${major}` },
    { written: 'p{patch}', text: `p${patch}` },
    { written: 'latest', text: 'latest' },
    { written: '8', text: '8' },
  ];
  const tags = made.tags.map((i) => templates[i] ?? { written: 'latest', text: 'latest' });
  const sources = made.files.map(({ name: file, sha256, sha512, signed, everywhere }) => {
    const urls = [
      { written: `https://host.example/${file}-{version}.tar.gz`, text: `https://host.example/${file}-${full}.tar.gz` },
      { written: `debian:pool/main/${file}_{version}.xz`, text: `debian:pool/main/${file}_${full}.xz` },
    ];
    const own = everywhere ? undefined : made.platforms.slice(0, 1);
    return {
      fields: given({
        file,
        urls: urls.map(written),
        sha256,
        sha512: sha256 === undefined ? sha512 : undefined,
        platforms: own,
        signature: signed ? { urls: urls.map(written), key: 'key.asc' } : undefined,
      }),
      definition: given({
        file,
        urls: urls.map(filledIn),
        digest:
          sha256 === undefined
            ? { algorithm: 'sha512' as const, hex: sha512 }
            : { algorithm: 'sha256' as const, hex: sha256 },
        platforms: own,
        signature: signed ? { urls: urls.map(filledIn), key: 'key.asc' } : undefined,
      }),
    };
  });
  const common = given({
    image: made.image,
    title: made.title,
    description: made.description,
    version: full,
    licenses: '(MIT OR Apache-2.0) AND BSD-3-Clause',
    homepage: 'https://host.example/#x',
    platforms: made.platforms,
    packages: made.packages.length === 0 ? undefined : { suite: 'trixie', image: made.packages },
    update:
      made.update === undefined
        ? undefined
        : { datasource: 'npm', package: made.update, allowed: `~${/\d+/.exec(full)?.[0] ?? '8'}` },
    endOfLife: made.endOfLife ? '2028-12-31' : undefined,
    deprecated: made.replacement === undefined ? undefined : { until: '2027-06-30', replacement: made.replacement },
  });
  return {
    fields: {
      ...common,
      ...(made.emulate === undefined ? {} : { emulate: made.emulate }),
      ...(sources.length === 0 ? {} : { sources: sources.map(({ fields }) => fields as unknown as Yaml) }),
      ...(made.variable === undefined ? {} : { environment: { BOAT_NAME: made.variable } }),
      ...(made.sized ? { sizes: Object.fromEntries(made.platforms.map((platform) => [platform, '31.9 MB'])) } : {}),
      ...(made.testWith === undefined ? {} : { testWith: [`${made.testWith}:1.0`] }),
      tags: tags.map(written),
    },
    definition: {
      ...common,
      emulate: made.emulate ?? false,
      sources: sources.map(({ definition }) => definition),
      environment: made.variable === undefined ? {} : { BOAT_NAME: made.variable },
      sizes: made.sized ? Object.fromEntries(made.platforms.map((platform) => [platform, 31_900_000])) : {},
      testWith: made.testWith === undefined ? [] : [`${made.testWith}:1.0`],
      tags: tags.map(filledIn),
    },
  };
}

class Printer {
  readonly #spelling: Spelling;
  readonly #anchors = new Map<string, string>();

  constructor(numbers: readonly number[]) {
    this.#spelling = new Spelling(numbers);
  }

  print(fields: { readonly [name: string]: Yaml }): string {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const turned = pick(0, 0, 1, 3, 5);
    const entries = Object.entries(fields);
    const ordered = Object.fromEntries([...entries.slice(turned), ...entries.slice(0, turned)]);
    const body = pick(false, false, true) ? this.#flow(ordered) : this.#block(ordered, 0).replace(/^\n/, '');
    const head = pick('', '', '---\n', '%YAML 1.2\n---\n', '# image.yaml\n\n');
    const text = head + body + pick('', '\n', '\n...\n', '\n# end');
    return pick('', '', '\uFEFF') + pick(text, text, text.replaceAll('\n', '\r\n'));
  }

  /** Writes a value after `name:` or `-`, its own blank or line end included. */
  #block(value: Yaml, indent: number): string {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const space = ' '.repeat(indent);
    if (typeof value === 'string') return this.#aliased(value, pick(' ', ' ', '   ', `\n${space} `), indent);
    if (typeof value === 'boolean') return ` ${value}`;
    if (pick(false, false, true)) return ` ${this.#flow(value)}`;
    const comment = pick('', '', ' # a: comment');
    const gap = pick('', '', `\n`, `\n${space}# - comment`);
    const step = pick(2, 1, 4);
    if (Array.isArray(value)) {
      const items = (value as readonly Yaml[]).map((item) => `${gap}\n${space}-${this.#block(item, indent + step)}`);
      return comment + items.join('');
    }
    const items = Object.entries(value).map(
      ([key, item]) =>
        `${gap}\n${space}${pick(key, key, `"${key}"`, `'${key}'`, `? ${key}\n${space}`)}:${this.#block(item, indent + step)}`,
    );
    return comment + items.join('');
  }

  #flow(value: Yaml): string {
    const pick = this.#spelling.pick.bind(this.#spelling);
    if (typeof value === 'string') return this.#scalar(value, true);
    if (typeof value === 'boolean') return String(value);
    const comma = pick(', ', ',', ` ,\n${' '.repeat(24)}`, `, # x\n${' '.repeat(24)}`);
    if (Array.isArray(value))
      return `[${(value as readonly Yaml[]).map((item) => this.#flow(item)).join(comma)}${pick('', ',')}]`;
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${this.#flow(item)}`)
      .join(comma)} }`;
  }

  /** Writes a text, or an alias of the same text where it stood before. */
  #aliased(text: string, space: string, indent: number): string {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const anchor = this.#anchors.get(text);
    if (anchor !== undefined) return space + pick(`*${anchor}`, this.#scalar(text, false));
    const block = pick(false, false, false, true);
    if (block) return ` ${pick('|-', '>-')}\n${' '.repeat(indent + 2)}${text}`;
    const named = pick('', '', `&a${this.#anchors.size} `);
    if (named !== '') this.#anchors.set(text, named.slice(1, -1));
    return space + named + pick('', '', '!!str ') + this.#scalar(text, false);
  }

  #scalar(text: string, flow: boolean): string {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const double = JSON.stringify(text);
    const plain =
      /^[a-z][A-Za-z0-9./-]*$/.test(text) ||
      (!flow && /^(?:https:|\{?[a-z]+\}?\.)[A-Za-z0-9./{}-]*$/.test(text) && !text.startsWith('{'));
    const escaped = `"\\U${(text.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}${double.slice(2)}`;
    const quoted = pick(double, `'${text.replaceAll("'", "''")}'`, escaped);
    return plain ? pick(text, quoted) : quoted;
  }
}

/** Definitions that are right, in many spellings of each. */
export const validDefinition: fc.Arbitrary<DefinitionCase> = fc.tuple(parts, choices).map(([made, numbers]) => {
  const { fields, definition } = assemble(made);
  return { text: new Printer(numbers).print(fields), definition };
});

/** What readers of YAML trip over. */
const piece = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      ...'image: version: platforms: sources: tags: packages: update: emulate: file: urls: sha256: __proto__: constructor: toString: <<: redis "8.0.2" 8.10 linux/amd64 {version} {arch} {__proto__} {'.split(
        ' ',
      ),
      ...'- ? : , [ ] { } | > |- >+ " \' # & * ! % @ ` &a *a *b !!str !!int !!map !!set !!binary !x !<x> --- ... ~ null true 0x10 1e9 .nan .inf 0o7 2001-01-01'.split(
        ' ',
      ),
      ...[
        '\n',
        '\n',
        '\n  ',
        '\r\n',
        '\r',
        ' ',
        ': ',
        '- ',
        '\t',
        '\0',
        '\u0085',
        '\u00A0',
        '\u2028',
        '\uFEFF',
        '\uD800',
        '\u001b[0m',
        '%YAML 1.1\n---\n',
        '%TAG ! x\n',
        '\\x',
        '\\uD800',
        'é',
        '💥',
      ],
      ...[
        '&a [*a]',
        '&a {x: *a}',
        'a: &a [x, x, x, x, x, x, x, x]\n',
        'b: &b [*a, *a, *a, *a, *a, *a, *a]\n',
        'c: &a [*b, *b, *b, *b, *b]\n',
        '[[[[[[[[',
        '{a: {a: {a: ',
        '- - - - - - ',
        '? ? ? ? ',
      ],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);

/** Anything, from nothing to a megabyte. */
export const hostileYaml: fc.Arbitrary<string> = repeated(piece);

/** Definitions that begin well. */
export const mutatedDefinition: fc.Arbitrary<string> = mutated(
  validDefinition.map(({ text }) => text),
  piece,
);
