import {
  type Position,
  byPosition,
  quote,
  type Diagnostic,
  type Result,
  tooLarge,
  didYouMean,
} from '@dockyard/diagnostic';
import { AUTOMATIC_ARGS, FOREIGN_OPTIONS, INSTRUCTIONS, MOUNT_KEYS, MOUNT_TYPES } from './dialect.ts';
import { expandWord, type Expansion, type Variable } from './expand.ts';
import { parseImageName } from './image-name.ts';
import { patternProblem } from './pattern.ts';
import { isComment, joinLines, readDirectives, Word } from './lines.ts';
import type {
  ContextPath,
  DockerfileOptions,
  DockerfileReference,
  DockerfileStage,
  ParsedDockerfile,
} from './parsed.ts';
import { applyInstruction, type ContainerSettings, NO_SETTINGS } from './settings.ts';
import {
  readInstruction,
  readJsonForm,
  splitAtBlanks,
  splitOutsideQuotes,
  type Flag,
  type Instruction,
  type JsonForm,
} from './words.ts';

/**
 * Reads a Dockerfile in the dialect that Podman 4.3 and BuildKit both take.
 *
 * Lines, words and options are told apart as BuildKit's own parser does it; what Podman would read otherwise is refused.
 *
 * @param text what the file holds; line ends may be LF or CRLF, and a byte order mark may stand before it
 * @param file how messages name it, relative to the root of the workspace
 * @param options the namespace of workspace references, and the build arguments that are known before a build
 * @returns stages, references and paths with their variables filled in, or every mistake of the file; never throws
 */
export function readDockerfile(text: string, file: string, options: DockerfileOptions): Result<ParsedDockerfile> {
  const message = tooLarge(text);
  if (message !== undefined) return { ok: false, diagnostics: [{ file, line: 1, column: 1, message }] };
  return new Reader(text, file, options).read();
}

type Scope = Map<string, Variable>;

/** `name=value` as it was written. */
interface Pair {
  readonly name: string;
  readonly value: Word;
}

/** What BuildKit takes for a here-document: in Podman it is a word as any other. */
const HEREDOC = /^\d*<<-?[^<-][^<]*$|^\d*<<--[^<]*$/;
const ODD = /(?![ \t])[\p{Cc}\p{Z}\uFEFF]/u;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Go's notation, without the units below the millisecond that neither engine takes. */
const DURATION = /^0$|^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
/** What may be written as a list in JSON. */
const JSON_FORMS = ['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME'];
/** What else has its variables filled in by the engines. */
const EXPANDED = ['EXPOSE', 'LABEL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'];
const REMOTE = /^(?:https?|ftp|git|ssh):\/\/|^[\w-]+@[\w.-]+:/i;
/** The front end that the dialect is read after; any other may mean something else by the same words. */
const FRONT_END = /^(?:docker\.io\/)?docker\/dockerfile(?::1(?:\.\d+)*(?:-labs)?)?(?:@sha256:[0-9a-f]{64})?$/;
const STAGE_NAME = /^[a-z][a-z0-9._-]*$/;
const CONTEXTS = ['sources', 'artifacts'] as const;

class Reader {
  readonly #lines: readonly string[];
  #escape = '\\';
  readonly #file: string;
  readonly #options: DockerfileOptions;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #stages: Omit<DockerfileStage, 'settings'>[] = [];
  /** Of the stages, by their index. */
  readonly #settings: ContainerSettings[] = [];
  readonly #references: DockerfileReference[] = [];
  readonly #contextPaths: ContextPath[] = [];
  readonly #args = new Set<string>();
  /** Names of stages, and the line of the FROM that gives them, whether read yet or not. */
  readonly #stageLines = new Map<string, number>();
  readonly #globals: Scope;
  readonly #scopes: Scope[] = [];
  /** The ARGs with a default of the scope that is being read, and the lines that they stand on. */
  #defaults = new Map<string, number>();

  constructor(text: string, file: string, options: DockerfileOptions) {
    this.#lines = text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .map((line) => line.replace(/\r$/, ''));
    this.#file = file;
    this.#options = options;
    this.#globals = new Map(Object.keys(AUTOMATIC_ARGS).map((name) => [name, this.#automatic(name)]));
  }

  read(): Result<ParsedDockerfile> {
    this.#readDirectives();
    this.#checkLines();
    const instructions = joinLines(this.#lines, this.#escape).map(readInstruction);
    for (const instruction of instructions) {
      if (instruction.keyword === 'FROM') this.#noteStage(instruction);
    }
    for (const instruction of instructions) this.#readInstruction(instruction);
    if (this.#stages.length === 0 && this.#diagnostics.length === 0) {
      this.#report({ line: 1, column: 1 }, 'the file has no FROM', 'begin with FROM <image>, or FROM scratch');
    }
    if (this.#diagnostics.length > 0) return { ok: false, diagnostics: this.#diagnostics.sort(byPosition) };
    return {
      ok: true,
      value: {
        file: this.#file,
        stages: this.#stages.map((stage, i) => ({ ...stage, settings: this.#settings[i] ?? NO_SETTINGS })),
        references: this.#references,
        contextPaths: this.#contextPaths,
        args: [...this.#args],
      },
    };
  }

  #report({ line, column }: Position, message: string, fix?: string): void {
    this.#diagnostics.push({ file: this.#file, line, column, message, ...(fix === undefined ? {} : { fix }) });
  }

  #readDirectives(): void {
    for (const { name, value, line } of readDirectives(this.#lines)) {
      const place = { line, column: 1 };
      if (name === 'syntax' && !FRONT_END.test(value)) {
        this.#report(
          place,
          `found the front end ${quote(value)}; allowed: docker/dockerfile:1 and its releases`,
          'take this line out: the engines read the file by themselves, and no front end is fetched',
        );
      }
      if (name !== 'escape') continue;
      if (value !== '\\' && value !== '`') {
        this.#report(place, `found the escape character ${quote(value)}; allowed: \\ and \``);
      } else if (line !== 1) {
        this.#report(place, 'the escape directive is outside the dialect here; allowed: on the first line, once');
      } else {
        this.#escape = value;
      }
    }
  }

  /** Refuses what is a line, a blank or a continuation to one engine and not to the other, or to neither. */
  #checkLines(): void {
    this.#lines.forEach((text, i) => {
      const line = i + 1;
      if (isComment(text)) return;
      const odd = ODD.exec(text);
      if (odd !== null) {
        const code = odd[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
        this.#report(
          { line, column: odd.index + 1 },
          `the character U+${code} is outside the dialect that both engines take; allowed blanks: the space and the tab`,
        );
      }
      const kept = text.trimEnd();
      if (kept.endsWith(this.#escape + this.#escape)) {
        this.#report(
          { line, column: kept.length - 1 },
          `a line that ends in ${this.#escape}${this.#escape} is outside the dialect: Podman goes on with the next line, BuildKit does not`,
        );
      }
    });
  }

  #noteStage(from: Instruction): void {
    const args = splitAtBlanks(from.rest);
    const name = args[2];
    if (name === undefined || args.length !== 3) return;
    if (!this.#stageLines.has(name.text)) this.#stageLines.set(name.text, from.word.position().line);
  }

  #readInstruction(instruction: Instruction): void {
    const { keyword, word, flags, rest } = instruction;
    const place = word.position();
    const rule = Object.hasOwn(INSTRUCTIONS, keyword) ? INSTRUCTIONS[keyword] : undefined;
    if (rule === undefined) {
      const suggestion = didYouMean(keyword, Object.keys(INSTRUCTIONS));
      this.#report(
        place,
        `unknown instruction ${quote(word.text)}; allowed: ${Object.keys(INSTRUCTIONS).join(', ')}`,
        suggestion === undefined ? undefined : `did you mean ${suggestion}?`,
      );
      return;
    }
    if (this.#scopes.length === 0 && keyword !== 'FROM' && keyword !== 'ARG') {
      this.#report(place, `${keyword} stands before the first FROM; allowed there: ARG`);
      return;
    }
    this.#checkFlags(keyword, flags, rule.options);
    if (rest.text === '') {
      this.#report(place, `${keyword} lacks arguments; allowed: ${rule.usage}`);
      // A FROM opens a stage all the same, or everything after it would seem to stand before the first one.
      if (keyword === 'FROM') this.#openStage(place, undefined, undefined);
      return;
    }
    const json = readJsonForm(rest.text);
    if (json !== undefined && JSON_FORMS.includes(keyword)) this.#checkJsonForm(json, rest);
    if (keyword === 'RUN' || keyword === 'COPY' || keyword === 'ADD') this.#rejectHeredocs(rest);
    if (keyword === 'FROM') this.#readFrom(place, splitAtBlanks(rest), flags);
    else if (keyword === 'ARG') this.#readArg(rest);
    else if (keyword === 'ENV') this.#readEnv(rest);
    else if (keyword === 'COPY' || keyword === 'ADD') this.#readCopy(instruction, keyword, json);
    else if (keyword === 'RUN') flags.filter(({ name }) => name === 'mount').forEach((flag) => this.#readMount(flag));
    else if (keyword === 'ONBUILD') this.#rejectOnbuild(place);
    else if (keyword === 'SHELL') {
      if (json?.words?.length === 0 || json === undefined)
        this.#report(place, `SHELL takes a list of strings in JSON; allowed: ${rule.usage}`);
    } else if (keyword === 'HEALTHCHECK') this.#checkHealthcheck(rest, flags, rule.usage);
    else if (keyword === 'LABEL') this.#pairs(keyword, rest);
    const expansion = EXPANDED.includes(keyword) ? this.#expand(rest, this.#scope()) : undefined;
    this.#set((settings) =>
      applyInstruction(settings, {
        keyword,
        text: expansion?.text ?? rest.text,
        json,
        options: Object.fromEntries(flags.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
      }),
    );
  }

  #checkFlags(keyword: string, flags: readonly Flag[], allowed: readonly string[]): void {
    const seen = new Set<string>();
    for (const { name, value, word } of flags) {
      const place = word.position();
      if (!allowed.includes(name)) {
        const foreign = FOREIGN_OPTIONS[`${keyword} --${name}`];
        const suggestion = didYouMean(name, allowed);
        const list = allowed.length === 0 ? 'none' : allowed.map((option) => `--${option}`).join(', ');
        this.#report(
          place,
          foreign === undefined
            ? `unknown option --${name} of ${keyword}; allowed: ${list}`
            : `${keyword} --${name} is outside the dialect that both engines take; allowed: ${list}`,
          foreign ?? (suggestion === undefined ? undefined : `did you mean --${suggestion}?`),
        );
      } else if (name === 'link') {
        if (value !== undefined && !/^(?:true|false)$/.test(value))
          this.#report(place, `found --link=${value}; allowed: --link, --link=true, --link=false`);
      } else if (value === undefined || value === '') {
        this.#report(place, `--${name} lacks its value; allowed: --${name}=<value>`);
      } else if (seen.has(name) && name !== 'mount') {
        this.#report(place, `--${name} stands twice; allowed: once`);
      }
      seen.add(name);
    }
  }

  #checkJsonForm({ words, surplus }: JsonForm, rest: Word): void {
    if (words === undefined) {
      this.#report(
        rest.position(),
        'the list in brackets holds something else than strings; allowed: ["word", "word"]',
      );
    } else if (surplus.trim() !== '') {
      this.#report(
        rest.position(rest.text.length - surplus.trimStart().length),
        `${quote(surplus.trim())} after the closing bracket is outside the dialect: both engines drop it`,
      );
    }
  }

  #rejectHeredocs(rest: Word): void {
    const heredoc = splitOutsideQuotes(rest, '\\').find(({ text }) => HEREDOC.test(text));
    if (heredoc === undefined) return;
    this.#report(
      heredoc.position(),
      `here-documents (${quote(heredoc.text)}) are outside the dialect that both engines take`,
      'put the text into a file beside the Dockerfile and COPY or RUN --mount=type=bind it, or join the commands with &&',
    );
  }

  #rejectOnbuild(place: Position): void {
    this.#report(
      place,
      'an OCI image cannot hold ONBUILD: it would silently be lost',
      'write the instruction into the Dockerfiles that build FROM this image',
    );
  }

  #checkHealthcheck(rest: Word, flags: readonly Flag[], usage: string): void {
    const [type, ...command] = splitAtBlanks(rest);
    const kind = type?.text.toUpperCase();
    const empty = command.length === 0 || command.map(({ text }) => text).join('') === '[]';
    if (kind === 'NONE' ? command.length > 0 || flags.length > 0 : kind !== 'CMD' || empty) {
      this.#report(rest.position(), `found HEALTHCHECK ${quote(rest.text)}; allowed: ${usage}`);
    }
    for (const { name, value = '', word } of flags) {
      const allowed = name === 'retries' ? /^\d{1,9}$/ : DURATION;
      if (value === '' || allowed.test(value)) continue;
      this.#report(
        word.position(),
        `found --${name}=${value}; allowed: ${name === 'retries' ? 'a number' : 'a duration, such as 30s or 1m30s'}`,
      );
    }
  }

  // --- variables

  #automatic(name: string): Variable {
    const known = this.#passed(name);
    return known === undefined
      ? { text: AUTOMATIC_ARGS[name] ?? '*', automatic: [name], unset: [] }
      : { text: known, automatic: [], unset: [] };
  }

  /** The build argument that the build passes; a name such as `constructor` is none just because objects have it. */
  #passed(name: string): string | undefined {
    return Object.hasOwn(this.#options.buildArgs, name) ? this.#options.buildArgs[name] : undefined;
  }

  /** The variables where the reader is. */
  #scope(): Scope {
    return this.#scopes.at(-1) ?? this.#globals;
  }

  /** The `name=value` pairs of ENV or LABEL, or the one of the old form `ENV name value`, as they were written. */
  #pairs(keyword: 'ENV' | 'LABEL', rest: Word): Pair[] {
    const words = splitOutsideQuotes(rest, this.#escape);
    const old = words[0]?.text.includes('=') === false;
    return (old ? [rest] : words).flatMap((word) => {
      const at = old ? /[ \t]+|$/.exec(word.text) : /=|$/.exec(word.text);
      const end = at?.index ?? 0;
      const name = word.text.slice(0, end);
      const value = word.slice(end + (at?.[0].length ?? 0));
      const valid = keyword === 'LABEL' ? name !== '' : VARIABLE.test(name);
      const lacking = end === word.text.length;
      if (valid && !lacking) return [{ name, value }];
      const usage = INSTRUCTIONS[keyword]?.usage ?? keyword;
      this.#report(
        word.position(),
        `found ${keyword} ${quote(name)}${valid ? ' without a value' : ''}; allowed: ${usage}`,
      );
      return [];
    });
  }

  #readArg(rest: Word): void {
    const words = splitOutsideQuotes(rest, this.#escape);
    words.forEach((word) => this.#declare(word));
  }

  #declare(word: Word): void {
    const [name = ''] = /^[^=]*/.exec(word.text) ?? [];
    if (!VARIABLE.test(name)) {
      this.#report(word.position(), `found ARG ${quote(name)}; allowed: ${INSTRUCTIONS['ARG']?.usage}`);
      return;
    }
    this.#args.add(name);
    const target = this.#scope();
    const hasDefault = name.length < word.text.length;
    const before = this.#defaults.get(name);
    if (before !== undefined && !hasDefault) {
      this.#report(
        word.position(),
        `ARG ${name} without a value, below the one with a default on line ${before}, is outside the dialect: the engines do not agree whether that still counts`,
        'take one of them out',
      );
      return;
    }
    if (hasDefault) this.#defaults.set(name, word.position().line);
    if (target.get(name)?.environment === true) {
      this.#report(
        word.position(),
        `ARG ${name} after ENV ${name} is outside the dialect: to BuildKit the argument counts from here on, to Podman the environment`,
        'give one of them another name',
      );
      return;
    }
    // BuildKit reads a default that does not count, too.
    const value = hasDefault ? this.#expand(word.slice(name.length + 1), target) : undefined;
    // What the build passes wins over a default, and inside a stage a name alone takes the global value.
    const passed = this.#passed(name);
    if (passed !== undefined) target.set(name, { text: passed, automatic: [], unset: [] });
    else if (name === 'SOURCE_DATE_EPOCH') target.set(name, this.#automatic(name));
    else if (value !== undefined) target.set(name, value);
    else if (Object.hasOwn(AUTOMATIC_ARGS, name)) target.set(name, this.#automatic(name));
    else {
      const inherited = this.#globals.get(name);
      if (inherited !== undefined) target.set(name, inherited);
    }
  }

  #readEnv(rest: Word): void {
    const scope = this.#scope();
    // All values of one ENV see the variables as they were before it.
    const pairs = this.#pairs('ENV', rest).map(({ name, value }) => [name, this.#expand(value, scope)] as const);
    for (const [name, expansion] of pairs) {
      if (expansion === undefined) continue;
      scope.set(name, { ...expansion, environment: true });
      this.#set((settings) => ({
        ...settings,
        environment: { ...settings.environment, [name]: expansion.text },
      }));
    }
  }

  /** Changes what the stage that is being read sets for its containers. */
  #set(change: (settings: ContainerSettings) => ContainerSettings): void {
    const index = this.#stages.length - 1;
    if (index >= 0) this.#settings[index] = change(this.#settings[index] ?? NO_SETTINGS);
  }

  #expand(word: Word, scope: Scope): Expansion | undefined {
    const expansion = expandWord(word.text, (name) => scope.get(name), this.#escape);
    if (expansion.error === undefined) return expansion;
    this.#report(word.position(), `${quote(word.text)} cannot be read: ${expansion.error}`);
    return undefined;
  }

  // --- stages and references

  #openStage({ line, column }: Position, name: string | undefined, base: DockerfileReference | undefined): void {
    this.#defaults = new Map();
    const inherited = base?.stageIndex === undefined ? undefined : this.#scopes[base.stageIndex];
    // The arguments of the stage that this one builds on still count to BuildKit, and to Podman they do not.
    this.#scopes.push(
      new Map(
        Array.from(inherited ?? [], ([key, variable]) => [
          key,
          variable.environment === true ? variable : { text: '', automatic: [], unset: [key] },
        ]),
      ),
    );
    const index = this.#stages.length;
    this.#stages.push({
      index,
      ...(name === undefined ? {} : { name }),
      line,
      // Where the base cannot be read the file is refused, so nobody sees this.
      base: base ?? {
        kind: 'scratch',
        raw: '',
        value: 'scratch',
        instruction: 'FROM',
        stage: name ?? index,
        line,
        column,
      },
    });
  }

  #readFrom(place: Position, args: readonly Word[], flags: readonly Flag[]): void {
    const [image, as, nameArgument] = args;
    if (image === undefined) return;
    if (args.length !== 1 && !(args.length === 3 && as?.text.toLowerCase() === 'as')) {
      const found = args.map(({ text }) => text).join(' ');
      this.#report(image.position(), `found FROM ${quote(found)}; allowed: ${INSTRUCTIONS['FROM']?.usage}`);
    }
    const platform = flags.find(({ name }) => name === 'platform');
    if (platform?.value !== undefined && !/^\$\{?(?:TARGET|BUILD)PLATFORM\}?$/.test(platform.value)) {
      this.#report(
        platform.word.position(),
        `found --platform=${platform.value}; allowed: --platform=$TARGETPLATFORM, --platform=$BUILDPLATFORM`,
        'take --platform out: each platform is built by itself, from parents of that platform',
      );
    }
    const name = args.length === 3 ? nameArgument?.text : undefined;
    if (name !== undefined && nameArgument !== undefined) this.#checkStageName(name, nameArgument.position());

    const expansion = this.#expand(image, this.#globals);
    const stage = name ?? this.#stages.length;
    const base =
      expansion === undefined ? undefined : this.#fromReference(image.text, expansion, stage, image.position());
    if (base !== undefined) this.#references.push(base);
    this.#openStage(place, name, base);
  }

  #checkStageName(name: string, place: Position): void {
    if (name === 'sources' || name === 'artifacts') {
      this.#report(
        place,
        `a stage cannot be named ${name}: the build context of that name would silently take its place`,
        'give the stage another name',
      );
    } else if (name === 'scratch') {
      this.#report(place, 'a stage cannot be named scratch: FROM scratch is the empty image', 'give it another name');
    } else if (!STAGE_NAME.test(name)) {
      // BuildKit lowers the case of stage names and Podman does not, so only lower case means the same to both.
      const lower = name.toLowerCase();
      this.#report(
        place,
        `found the stage name ${quote(name)}; allowed: lower-case letters, digits and . _ -, beginning with a letter`,
        STAGE_NAME.test(lower) ? `name it ${lower}` : undefined,
      );
    } else if (this.#stages.some((stage) => stage.name === name)) {
      this.#report(
        place,
        `a stage is already named ${name}, on line ${this.#stageLines.get(name)}`,
        'rename one of them',
      );
    }
  }

  #fromReference(
    raw: string,
    expansion: Expansion,
    stage: string | number,
    place: Position,
  ): DockerfileReference | undefined {
    if (expansion.automatic.length > 0) {
      this.#report(
        place,
        `${quote(raw)} depends on ${expansion.automatic.join(', ')}, which differs between builds of one image`,
        'name one image for all platforms: an image of this repository, or the digest of an index',
      );
      return undefined;
    }
    const [unset] = expansion.unset;
    if (unset !== undefined) {
      this.#report(
        place,
        this.#args.has(unset)
          ? `${unset} in ${quote(raw)} has no value here: FROM sees the ARGs before the first FROM, and this one has no default`
          : `${unset} in ${quote(raw)} is not declared before the first FROM`,
        `write ARG ${unset}=<value> before the first FROM`,
      );
      return undefined;
    }
    const base = { raw, value: expansion.text, instruction: 'FROM', stage, ...place } as const;
    if (base.value === 'scratch') return { ...base, kind: 'scratch' };
    if (base.value === 'sources') {
      this.#report(place, 'sources is a folder of files, not an image', 'FROM another image, and COPY --from=sources');
      return undefined;
    }
    const named = this.#stages.findLast((candidate) => candidate.name === base.value);
    if (named !== undefined) return { ...base, kind: 'stage', stageIndex: named.index };
    return this.#imageReference(base, place, false);
  }

  /** Reads what `COPY --from` or a mount's `from` names. Neither engine's dialect expands variables there. */
  #fromOption(raw: string, instruction: 'COPY' | 'RUN', place: Position): DockerfileReference | undefined {
    const value = raw;
    const last = this.#stages.at(-1);
    const index = this.#stages.length - 1;
    const base = { raw, value, instruction, stage: last?.name ?? index, ...place } as const;
    if (value.includes('$')) {
      this.#report(
        place,
        `found ${quote(raw)}; allowed: a name without variables, since the engines do not expand them here`,
        `write FROM ${value} AS <name> as a stage of its own above this one, and from=<name> here`,
      );
      return undefined;
    }
    if (/^\d+$/.test(value) && instruction === 'RUN') {
      this.#report(
        place,
        `found from=${value}; allowed: names, since BuildKit counts no stages here`,
        'name that stage, with AS',
      );
      return undefined;
    }
    if (/^\d+$/.test(value)) {
      const stageIndex = Number(value);
      if (stageIndex < index) return { ...base, kind: 'stage', stageIndex };
      this.#report(place, `unknown stage ${value}; allowed: the stages before this one, counted from 0`);
      return undefined;
    }
    const named = this.#stages.slice(0, -1).findLast((candidate) => candidate.name === value);
    if (named !== undefined && !isContext(value)) return { ...base, kind: 'stage', stageIndex: named.index };
    return this.#imageReference(base, place, true);
  }

  #imageReference(
    base: Omit<DockerfileReference, 'kind'>,
    place: Position,
    bareIsStage: boolean,
  ): DockerfileReference | undefined {
    const { value } = base;
    if (isContext(value)) return { ...base, kind: 'context', context: value };
    const bare = /^[^:/@]*$/.test(value);
    const earlier = this.#stages.slice(0, bareIsStage ? -1 : undefined).flatMap(({ name }) => name ?? []);
    const candidates = [...earlier, ...(bareIsStage ? CONTEXTS : ['artifacts'])];
    const suggestion = bare ? didYouMean(value, candidates) : undefined;
    const later = this.#stageLines.get(value);
    if (bareIsStage && value === this.#stages.at(-1)?.name) {
      this.#report(place, `the stage ${value} takes from itself; allowed: ${candidates.join(', ')}`);
      return undefined;
    }
    if (bare && (bareIsStage || suggestion !== undefined || later !== undefined)) {
      this.#report(
        place,
        later === undefined
          ? `unknown stage ${quote(value)}; allowed: ${candidates.join(', ')}, or an image with its tag or digest`
          : `the stage ${value} is not there yet: it begins on line ${later}`,
        later !== undefined
          ? 'move that stage up, before the one that names it'
          : suggestion === undefined
            ? undefined
            : `did you mean ${suggestion}?`,
      );
      return undefined;
    }
    const workspacePrefix = `${this.#options.namespace}/`;
    const parsed = parseImageName(value);
    if (value.startsWith(workspacePrefix)) {
      const image = parsed?.name.slice(workspacePrefix.length);
      if (parsed?.tag !== undefined && parsed.digest === undefined && image !== undefined && !image.includes('/')) {
        return { ...base, kind: 'workspace', image, tag: parsed.tag };
      }
      this.#report(
        place,
        `found ${quote(value)}; allowed for an image of this repository: ${workspacePrefix}<image>:<tag>, without a digest`,
      );
      return undefined;
    }
    if (parsed === undefined) {
      this.#report(
        place,
        `${quote(value)} is no image reference; allowed: [host/]name[:tag]@sha256:<64 hexadecimal digits>, in lower case`,
      );
      return undefined;
    }
    const { name, tag, digest } = parsed;
    return {
      ...base,
      kind: 'external',
      image: name,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    };
  }

  // --- what is taken from the build context

  #readCopy({ word, flags, rest }: Instruction, keyword: 'COPY' | 'ADD', json: JsonForm | undefined): void {
    const words: readonly Word[] =
      json === undefined
        ? splitAtBlanks(rest)
        : (json.words ?? []).map((text) => new Word(text, () => rest.position()));
    if (words.length < 2) {
      this.#report(word.position(), `${keyword} lacks arguments; allowed: ${INSTRUCTIONS[keyword]?.usage}`);
      return;
    }
    const destination = words.at(-1);
    if (destination !== undefined) this.#expand(destination, this.#scope());
    this.#checkSpecialMode(keyword, flags);
    const from = keyword === 'COPY' ? flags.find(({ name }) => name === 'from') : undefined;
    if (from !== undefined) {
      if (from.value === undefined || from.value === '') return;
      const reference = this.#fromOption(from.value, 'COPY', positionIn(from, 'from='));
      if (reference !== undefined) this.#references.push(reference);
      return;
    }
    for (const source of words.slice(0, -1)) this.#addContextPath(source, keyword);
  }

  #readMount(flag: Flag): void {
    const place = flag.word.position();
    const value = flag.value ?? '';
    const options = new Map<string, string>();
    for (const entry of value === '' ? [] : value.split(',')) {
      const equals = entry.indexOf('=');
      const key = (equals === -1 ? entry : entry.slice(0, equals)).toLowerCase();
      if (!MOUNT_KEYS.includes(key)) {
        const suggestion = didYouMean(key, MOUNT_KEYS);
        this.#report(
          place,
          `unknown key ${quote(key)} of --mount; allowed: ${MOUNT_KEYS.join(', ')}`,
          suggestion === undefined ? undefined : `did you mean ${suggestion}?`,
        );
      }
      options.set(key, equals === -1 ? '' : entry.slice(equals + 1));
    }
    const type = (options.get('type') ?? 'bind').toLowerCase();
    if (!MOUNT_TYPES.includes(type)) {
      const suggestion = didYouMean(type, MOUNT_TYPES);
      this.#report(
        place,
        `unknown mount type ${quote(type)}; allowed: ${MOUNT_TYPES.join(', ')}`,
        suggestion === undefined ? undefined : `did you mean ${suggestion}?`,
      );
      return;
    }
    const target = options.get('target') ?? options.get('dst') ?? options.get('destination');
    if (target !== undefined && !/^\/[^$]*$/.test(target)) {
      this.#report(
        place,
        `a mount on ${quote(target)} is outside the dialect that both engines take; allowed: an absolute path without variables`,
      );
      return;
    }
    const from = options.get('from');
    if (from !== undefined) {
      if (type !== 'bind' && type !== 'cache') {
        this.#report(place, `a ${type} mount takes no from; allowed: bind and cache mounts`);
        return;
      }
      if (from === '') {
        this.#report(place, 'from lacks its value; allowed: from=<stage, context or image>');
        return;
      }
      const reference = this.#fromOption(from, 'RUN', positionIn(flag, 'from='));
      if (reference !== undefined) this.#references.push(reference);
      if (isContext(from) && (type === 'cache' || isWritable(options)))
        this.#report(
          place,
          `${from} mounted for writing is outside the dialect: Podman lets the command change what was verified, BuildKit throws the change away`,
          type === 'cache'
            ? `take from=${from} out of the cache mount, and COPY --from=${from} or bind-mount it beside`
            : 'take rw out, and copy what has to change to another folder',
        );
    } else if (type === 'bind' && value !== '') {
      const source = options.get('source') ?? options.get('src') ?? '.';
      if (/[*?[]/.test(source))
        this.#report(
          place,
          `found the source ${quote(source)}; allowed: a path, since mounts know no wildcards`,
          'mount the folder',
        );
      else this.#addContextPath(new Word(source, () => place), 'RUN --mount');
    }
  }

  /** Podman 6.1 gives the file to its owner last, and the kernel takes setuid and setgid off it then. */
  #checkSpecialMode(keyword: string, flags: readonly Flag[]): void {
    const chmod = flags.find(({ name }) => name === 'chmod');
    const isSpecial = /^0*[2467]\d{3}$/.test(chmod?.value ?? '');
    if (chmod === undefined || !isSpecial || !flags.some(({ name }) => name === 'chown')) return;
    this.#report(
      chmod.word.position(),
      `${keyword} --chmod=${chmod.value ?? ''} beside --chown is outside the dialect: some engines lose setuid and setgid there`,
      'set these with a RUN chmod',
    );
  }

  /** @param keyword of the instruction that takes the path */
  #addContextPath(word: Word, keyword: string): void {
    const place = word.position();
    const expansion = this.#expand(word, this.#scope());
    if (expansion === undefined) return;
    // What the engines do with an address they decide by the word as it is expanded.
    if (REMOTE.test(expansion.text)) {
      const named = expansion.text === word.text ? '' : `, which is ${quote(expansion.text)},`;
      this.#report(
        place,
        `${keyword} ${quote(word.text)}${named} fetches from the network; allowed: files of the build context`,
        'list the file under `sources` in image.yaml, with its digest, and COPY --from=sources',
      );
      return;
    }
    const [unset] = expansion.unset;
    if (unset !== undefined) {
      this.#report(
        place,
        `${unset} in ${quote(word.text)} has no value in this stage`,
        this.#globals.has(unset) ? `write ARG ${unset} in this stage` : `write ARG ${unset}=<value> in this stage`,
      );
      return;
    }
    // What depends on the platform is a wildcard here, and two of them may stand side by side.
    const problem = patternProblem(expansion.text, { folders: expansion.automatic.length > 0 });
    if (problem !== undefined) {
      this.#report(place, `${quote(expansion.text)} is outside the dialect: ${problem.message}`, problem.fix);
      return;
    }
    const parts = expansion.text.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..')) {
      this.#report(
        place,
        `${quote(expansion.text)} climbs out of the folder of the image; allowed: paths inside it`,
        'move the file into the folder, or list it under `sources` in image.yaml',
      );
      return;
    }
    this.#contextPaths.push({ path: parts.length === 0 ? '.' : parts.join('/'), line: place.line });
  }
}

/** Where the value stands that follows a text within an option. */
function positionIn(flag: Flag, before: string): Position {
  const at = flag.word.text.indexOf(before);
  return flag.word.position(at === -1 ? 0 : at + before.length);
}

/** Whether a bind mount may be written to: `rw` alone, or with a value that says so. */
function isWritable(options: ReadonlyMap<string, string>): boolean {
  return (
    ['rw', 'readwrite'].some((key) => options.has(key) && !/^(?:0|f|false)$/i.test(options.get(key) ?? '')) ||
    ['ro', 'readonly'].some((key) => /^(?:0|f|false)$/i.test(options.get(key) ?? ''))
  );
}

function isContext(value: string): value is (typeof CONTEXTS)[number] {
  return value === 'sources' || value === 'artifacts';
}
