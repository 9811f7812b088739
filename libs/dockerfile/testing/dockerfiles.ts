import * as fc from 'fast-check';
import { choices, mutated, repeated, Spelling } from '@dockyard/diagnostic/testing';

/** A Dockerfile and what reading it must give. */
export interface DockerfileCase {
  readonly text: string;
  readonly stages: readonly { readonly name: string | undefined; readonly base: string }[];
  /** Kind and value of each reference, in the order of the file. */
  readonly references: readonly (readonly [kind: string, value: string])[];
  readonly contextPaths: readonly string[];
  readonly args: readonly string[];
}

/** The build arguments that the cases count on. */
export const BUILD_ARGS = { VERSION: '8.0.2' };

const NAMES = ['A', 'b_1', 'TAG', 'VERSION', 'constructor', '__proto__'] as const;
const PIECES = ['a', '13', 'x-1', 'v1.2', 'conf'] as const;
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** A part of a word: text, or a variable. */
interface Part {
  readonly text: string;
  readonly form: 'text' | '$X' | '${X}' | '${X:-w}' | '${X:+w}' | '${none:-w}' | '${none:+w}';
  /** Which of the variables that have a value, counted round. */
  readonly variable: number;
}

type Step =
  | { readonly kind: 'ARG'; readonly name: string; readonly value: readonly Part[] | undefined }
  | { readonly kind: 'ENV'; readonly name: string; readonly value: readonly Part[] }
  | { readonly kind: 'COPY' | 'ADD'; readonly paths: readonly (readonly Part[])[]; readonly json: boolean }
  | { readonly kind: 'COPY --from' | 'RUN'; readonly from: Target; readonly path: string }
  | { readonly kind: 'other'; readonly text: string };

/** What a FROM or a `from` names; a stage is counted round those there are. */
interface Target {
  readonly kind: 'stage' | 'index' | 'workspace' | 'external' | 'context';
  readonly stage: number;
  readonly tag: readonly Part[];
}

interface Recipe {
  readonly globals: readonly { readonly name: string; readonly value: readonly Part[] }[];
  readonly stages: readonly { readonly named: boolean; readonly base: Target; readonly steps: readonly Step[] }[];
}

const part: fc.Arbitrary<Part> = fc.record({
  text: fc.constantFrom(...PIECES),
  form: fc.constantFrom('text', 'text', '$X', '${X}', '${X:-w}', '${X:+w}', '${none:-w}', '${none:+w}'),
  variable: fc.nat(7),
});
const word = fc.array(part, { minLength: 1, maxLength: 3 });
const target: fc.Arbitrary<Target> = fc.record({
  kind: fc.constantFrom('stage', 'index', 'workspace', 'external', 'context'),
  stage: fc.nat(7),
  tag: word,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('ARG'), name: fc.constantFrom(...NAMES), value: fc.option(word, { nil: undefined }) }),
  fc.record({ kind: fc.constant('ENV'), name: fc.constantFrom(...NAMES), value: word }),
  fc.record({
    kind: fc.constantFrom('COPY', 'ADD'),
    paths: fc.array(word, { minLength: 1, maxLength: 3 }),
    json: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom('COPY --from', 'RUN'), from: target, path: fc.constantFrom(...PIECES) }),
  fc.record({
    kind: fc.constant('other'),
    text: fc.constantFrom(
      'LABEL a.b="c d" e=$HOME',
      'RUN echo "a  <<EOF" \'$x\' # no comment',
      'RUN ["/bin/true", "a\\\\b"]',
      'RUN echo $((1 << 2)) <<< x',
      'HEALTHCHECK --interval=1m30s --retries=3 CMD ["/x"]',
      'HEALTHCHECK NONE',
      'SHELL ["/bin/sh", "-c"]',
      'WORKDIR /x y',
      'EXPOSE 80 443/tcp',
      'ENTRYPOINT ["/x"]',
      'CMD []',
      'USER 1000:1000',
      'VOLUME ["/a b", "/c"]',
      'STOPSIGNAL SIGTERM',
    ),
  }),
);
const recipe: fc.Arbitrary<Recipe> = fc.record({
  globals: fc.array(fc.record({ name: fc.constantFrom(...NAMES), value: word }), { maxLength: 3 }),
  stages: fc.array(fc.record({ named: fc.boolean(), base: target, steps: fc.array(step, { maxLength: 5 }) }), {
    minLength: 1,
    maxLength: 4,
  }),
});

/** What the variables stand for, which of them ENV set, and which ARGs of the scope have a default. */
interface Values {
  readonly all: Map<string, string>;
  readonly environment: Set<string>;
  readonly defaults: Set<string>;
}

class Printer {
  readonly #spelling: Spelling;
  readonly #escape: string;
  readonly #end: string;
  readonly #lines: string[] = [];
  readonly #globals: Values = { all: new Map(), environment: new Set(), defaults: new Set() };
  readonly #scopes: Values[] = [];
  readonly #stages: { name: string | undefined; base: string }[] = [];
  readonly #references: [string, string][] = [];
  readonly #paths: string[] = [];
  readonly #args = new Set<string>();

  constructor(choices: readonly number[]) {
    this.#spelling = new Spelling(choices);
    this.#escape = this.#spelling.pick('\\', '\\', '`');
    this.#end = this.#spelling.pick('\n', '\r\n');
  }

  print({ globals, stages }: Recipe): DockerfileCase {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const mark = pick('', '\uFEFF');
    if (this.#escape === '`') this.#lines.push(pick('# escape=`', '#ESCAPE = ` '));
    for (const { name, value } of globals) this.#assign('ARG', name, value, this.#globals);
    for (const { named, base, steps } of stages) {
      this.#from(named, base);
      for (const each of steps) this.#step(each);
    }
    // A continuation may stand at the very end, though not alone.
    const open = /^\s*[A-Za-z]/.test(this.#lines.at(-1) ?? '') ? ` ${this.#escape} ${this.#end}# end` : '';
    return {
      text: mark + this.#lines.join(this.#end) + pick('', this.#end, open),
      stages: this.#stages,
      references: this.#references,
      contextPaths: this.#paths,
      args: [...this.#args],
    };
  }

  /** Writes an instruction of words over one line or several. */
  #line(words: readonly string[]): void {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const [keyword = '', ...rest] = words;
    let text =
      pick('', '  ', '\t') + pick(keyword, keyword.toLowerCase(), keyword.slice(0, 1) + keyword.slice(1).toLowerCase());
    for (const each of rest) {
      const go = this.#escape + pick('', '', '  ') + this.#end;
      text += pick(
        ' ',
        ' ',
        ' \t ',
        ` ${go}`,
        ` ${go}  # a comment ${this.#escape}${this.#end}`,
        ` ${go}${this.#end}#x${this.#end} \t${this.#end}  `,
      );
      // A word may be cut in two, even within its quotes.
      const cut = pick(0, 0, 0, each.length >> 1);
      const cuttable = cut > 0 && each[cut - 1] !== this.#escape && each[cut] !== '#' && each.slice(cut).trim() !== '';
      text += cuttable ? each.slice(0, cut) + go + each.slice(cut) : each;
    }
    this.#lines.push(text + pick('', '', ' ', '\t'), ...pick([], [], [''], ['# FROM nothing'], [' #\u00A0 \\']));
  }

  /** Writes a word, and says what it stands for. */
  #word(parts: readonly Part[], values: Values): { written: string; text: string } {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const set = [...values.all].filter(([, value]) => value !== '');
    const quote = pick('', '', '"');
    let written = '';
    let text = '';
    for (const { text: own, form, variable } of parts) {
      const [name = '', value = ''] = set[variable % set.length] ?? [];
      const used = form.includes('X') && name === '' ? 'text' : form;
      if (used === 'text') {
        written += quote === '"' ? own : pick(own, own, `'${own}'`, `"${own}"`, this.#escape + own);
        text += own;
      } else {
        // Braces, where a letter may follow.
        const inner = pick(own, own, `\${${name === '' ? 'none' : name}:-${own}}`);
        const innerText = inner === own || name === '' ? own : value;
        written += used
          .replace('$X', `\${${name}}`)
          .replace('X', name)
          .replace('w', () => inner);
        if (used === '$X' || used === '${X}' || used === '${X:-w}') text += value;
        else if (used === '${X:+w}' || used === '${none:-w}') text += innerText;
      }
    }
    return text === '' ? { written: 'a', text: 'a' } : { written: quote + written + quote, text };
  }

  #assign(kind: 'ARG' | 'ENV', name: string, parts: readonly Part[] | undefined, values: Values): void {
    const pick = this.#spelling.pick.bind(this.#spelling);
    // The engines do not agree which of the two counts then.
    if (kind === 'ARG' && (values.environment.has(name) || (parts === undefined && values.defaults.has(name)))) return;
    const value = parts === undefined ? undefined : this.#word(parts, values);
    if (kind === 'ENV' && value !== undefined) {
      this.#line(pick([kind, `${name}=${value.written}`], [kind, name, value.written]));
      values.all.set(name, value.text);
      values.environment.add(name);
      return;
    }
    this.#line([kind, value === undefined ? name : `${name}=${value.written}`]);
    this.#args.add(name);
    if (value !== undefined) values.defaults.add(name);
    const passed = Object.entries(BUILD_ARGS).find(([key]) => key === name)?.[1];
    const result = passed ?? value?.text ?? this.#globals.all.get(name);
    if (result !== undefined) values.all.set(name, result);
  }

  #from(named: boolean, base: Target): void {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const index = this.#stages.length;
    const name = named ? `s${index}` : undefined;
    const earlier = this.#stages.flatMap((stage, i) => (stage.name === undefined ? [] : [{ name: stage.name, i }]));
    const parent = base.kind === 'stage' ? earlier[base.stage % earlier.length] : undefined;
    const { written, kind, value } =
      parent === undefined
        ? this.#image(base, 'scratch', this.#globals)
        : { written: parent.name, kind: 'stage', value: parent.name };
    const options = pick([], [], ['--platform=$TARGETPLATFORM'], ['--platform="${BUILDPLATFORM}"']);
    this.#line(['FROM', ...options, written, ...(name === undefined ? [] : [pick('AS', 'as', 'aS'), name])]);
    this.#references.push([kind, value]);
    this.#stages.push({ name, base: value });
    const inherited = parent === undefined ? undefined : this.#scopes[parent.i];
    const environment = new Set(inherited?.environment);
    this.#scopes.push({
      all: new Map([...(inherited?.all ?? [])].filter(([key]) => environment.has(key))),
      environment,
      defaults: new Set(),
    });
  }

  /** Writes what is no stage; `values` is undefined where variables are not allowed. */
  #image(
    { kind, tag: parts }: Target,
    otherwise: string,
    values: Values | undefined,
  ): { written: string; kind: string; value: string } {
    if (kind === 'context') return { written: 'artifacts', kind, value: 'artifacts' };
    if (kind === 'external') {
      const value = `host.example:5000/a/b@${DIGEST}`;
      return { written: value, kind, value };
    }
    if (kind !== 'workspace') return { written: otherwise, kind: 'scratch', value: otherwise };
    const tag = values === undefined ? { written: '13', text: '13' } : this.#word(parts, values);
    return { written: `dockyard/x:${tag.written}`, kind, value: `dockyard/x:${tag.text}` };
  }

  #step(each: Step): void {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const values = this.#scopes.at(-1) ?? this.#globals;
    if (each.kind === 'other') {
      // What is in quotes there must stay in one piece, so the line is not spelt anew.
      this.#lines.push(pick('', ' ') + each.text);
    } else if (each.kind === 'ARG' || each.kind === 'ENV') {
      this.#assign(each.kind, each.name, each.value, values);
    } else if ('paths' in each) {
      const words = each.paths.map((path) => this.#word(path, values));
      const json = each.json ? [JSON.stringify([...words.map(({ written }) => written), '/x/'])] : undefined;
      this.#line([
        each.kind,
        ...pick([], ['--chmod=755']),
        ...(json ?? [...words.map(({ written }) => written), '/x/']),
      ]);
      this.#paths.push(...words.map(({ text }) => text));
    } else {
      this.#take(each.kind, each.from, each.path);
    }
  }

  #take(kind: 'COPY --from' | 'RUN', from: Target, path: string): void {
    const pick = this.#spelling.pick.bind(this.#spelling);
    const index = this.#stages.length - 1;
    const earlier = this.#stages.slice(0, -1).flatMap(({ name }) => name ?? []);
    const stage =
      from.kind === 'index' && index > 0 && kind !== 'RUN'
        ? String(from.stage % index)
        : from.kind === 'stage' && earlier.length > 0
          ? earlier[from.stage % earlier.length]
          : undefined;
    const image =
      from.kind === 'stage' || from.kind === 'index'
        ? { written: 'sources', kind: 'context', value: 'sources' }
        : this.#image(from, 'sources', undefined);
    const {
      written,
      kind: found,
      value,
    } = stage === undefined ? image : { written: stage, kind: 'stage', value: stage };
    this.#references.push([found, value]);
    if (kind === 'COPY --from') {
      this.#line(['COPY', ...pick([], ['--chown=1:1']), `--from=${written}`, path, '/x/']);
      return;
    }
    this.#line([
      'RUN',
      `--mount=${pick('', 'type=bind,', 'TYPE=bind,')}from=${written},${pick('source', 'src')}=${path},target=/t`,
      'true',
    ]);
  }
}

/** Dockerfiles in the dialect, in many spellings of each. */
export const validDockerfile: fc.Arbitrary<DockerfileCase> = fc
  .tuple(recipe, choices)
  .map(([made, numbers]) => new Printer(numbers).print(made));

/** What readers of Dockerfiles trip over. */
const HOSTILE = [
  ...'FROM COPY ADD RUN ARG ENV ONBUILD HEALTHCHECK SHELL LABEL WORKDIR VOLUME CMD AS'.split(' '),
  ...'--from= --mount= --platform= --link -- --interval=1 type= from= source=a target=/x , = $ ${ } :- :+ :? - # ## " \' [ ] ["a", {'.split(
    ' ',
  ),
  ...'scratch sources artifacts a 0 1 @ : / . .. * dockyard/a:1 <<EOF EOF <<- <<< 1<<2 # escape=` ` \\ \\\\ ${A:-${B}} $A __proto__ constructor'.split(
    ' ',
  ),
  ...[
    '\n',
    '\n',
    '\r\n',
    '\r',
    '\\\n',
    '\\ \n',
    '\\\r\n',
    '`\n',
    '\n#x\n',
    '\n\n',
    ' ',
    ' ',
    '\t',
    '\v',
    '\f',
    '\0',
    '\u0085',
    '\u00A0',
    '\u2028',
    '\uFEFF',
    '\uD800',
    '\u001b[0m',
    'ARG A=$A${A:-xx}$A\n',
    '# syntax=x\n',
    '#!/x\n',
    '# escape=`\n',
    'é',
    '💥',
  ],
];

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);

/** Anything, from nothing to a megabyte. */
export const hostileText: fc.Arbitrary<string> = repeated(piece);

/** Dockerfiles that begin well. */
export const mutatedDockerfile: fc.Arbitrary<string> = mutated(
  validDockerfile.map(({ text }) => text),
  piece,
);
