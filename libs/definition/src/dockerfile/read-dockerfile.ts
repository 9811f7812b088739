import {
  DockerfileParser,
  JSONInstruction,
  ModifiableInstruction,
  PropertyInstruction,
  type Argument,
  type Dockerfile,
  type Flag,
  type Instruction,
} from 'dockerfile-ast';
import { byPosition, quote, type Diagnostic, type Result } from '../diagnostic.ts';
import { didYouMean } from '../suggest.ts';
import { AUTOMATIC_ARGS, FOREIGN_OPTIONS, INSTRUCTIONS, MOUNT_KEYS, MOUNT_TYPES } from './dialect.ts';
import { expandWord, type Expansion, type Variable } from './expand.ts';
import { parseImageName } from './image-name.ts';
import type {
  ContextPath,
  DockerfileOptions,
  DockerfileReference,
  DockerfileStage,
  ParsedDockerfile,
} from './parsed.ts';

/**
 * Reads a Dockerfile in the dialect that Podman 4.3 and BuildKit both take.
 *
 * @param text what the file holds; line ends may be LF or CRLF, and a byte order mark may stand before it
 * @param file how messages name it, relative to the root of the workspace
 * @param options the namespace of workspace references, and the build arguments that are known before a build
 * @returns stages, references and paths with their variables filled in, or every mistake of the file; never throws
 */
export function readDockerfile(text: string, file: string, options: DockerfileOptions): Result<ParsedDockerfile> {
  const content = text.replace(/^\uFEFF/, '');
  let dockerfile: Dockerfile;
  try {
    dockerfile = DockerfileParser.parse(content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, diagnostics: [{ file, line: 1, column: 1, message: `this file cannot be read: ${reason}` }] };
  }
  return new Reader(content, dockerfile, file, options).read();
}

/** Where something stands, counted from 0 as dockerfile-ast does. */
interface Place {
  readonly line: number;
  readonly character: number;
}

type Scope = Map<string, Variable>;

const HEREDOC = /^\d*<<-?["']?[A-Za-z_]/;
const REMOTE = /^(?:https?|ftp|git|ssh):\/\/|^git@/i;
const STAGE_NAME = /^[a-z][a-z0-9._-]*$/;
const CONTEXTS = ['sources', 'artifacts'] as const;

class Reader {
  readonly #text: string;
  readonly #lineStarts: readonly number[];
  readonly #dockerfile: Dockerfile;
  readonly #escape: string;
  readonly #file: string;
  readonly #options: DockerfileOptions;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #stages: DockerfileStage[] = [];
  readonly #references: DockerfileReference[] = [];
  readonly #contextPaths: ContextPath[] = [];
  readonly #args = new Set<string>();
  /** Names of stages, and the line of the FROM that gives them, whether read yet or not. */
  readonly #stageLines = new Map<string, number>();
  readonly #globals: Scope;
  readonly #scopes: Scope[] = [];

  constructor(text: string, dockerfile: Dockerfile, file: string, options: DockerfileOptions) {
    this.#text = text;
    this.#lineStarts = [0, ...Array.from(text.matchAll(/\r\n|\n|\r/g), (match) => match.index + match[0].length)];
    this.#dockerfile = dockerfile;
    this.#escape = dockerfile.getEscapeCharacter();
    this.#file = file;
    this.#options = options;
    this.#globals = new Map(Object.keys(AUTOMATIC_ARGS).map((name) => [name, this.#automatic(name)]));
  }

  read(): Result<ParsedDockerfile> {
    this.#readDirectives();
    const instructions = this.#dockerfile.getInstructions();
    for (const instruction of instructions) {
      if (instruction.getKeyword() === 'FROM') this.#noteStage(instruction);
    }
    for (const instruction of instructions) this.#readInstruction(instruction);
    if (this.#stages.length === 0 && this.#diagnostics.length === 0) {
      this.#report({ line: 0, character: 0 }, 'the file has no FROM', 'begin with FROM <image>, or FROM scratch');
    }
    if (this.#diagnostics.length > 0) return { ok: false, diagnostics: this.#diagnostics.sort(byPosition) };
    return {
      ok: true,
      value: {
        file: this.#file,
        stages: this.#stages,
        references: this.#references,
        contextPaths: this.#contextPaths,
        args: [...this.#args],
      },
    };
  }

  #report(place: Place, message: string, fix?: string): void {
    const position = { line: place.line + 1, column: place.character + 1 };
    this.#diagnostics.push({ file: this.#file, ...position, message, ...(fix === undefined ? {} : { fix }) });
  }

  #readDirectives(): void {
    for (const directive of this.#dockerfile.getDirectives()) {
      const place = directive.getRange().start;
      const name = directive.getName().toLowerCase();
      if (name === 'syntax') {
        this.#report(
          place,
          'a syntax directive makes BuildKit fetch another front end from a registry, and Podman ignores it',
          'take this line out',
        );
      }
      if (name === 'escape' && directive.getValue() !== '\\' && directive.getValue() !== '`') {
        this.#report(place, `found the escape character ${quote(directive.getValue())}; allowed: \\ and \``);
      }
    }
  }

  #noteStage(from: Instruction): void {
    const args = from.getArguments();
    const name = args[2]?.getValue();
    if (name === undefined || args.length !== 3) return;
    if (!this.#stageLines.has(name)) this.#stageLines.set(name, from.getRange().start.line + 1);
  }

  #readInstruction(instruction: Instruction): void {
    const keyword = instruction.getKeyword();
    const place = instruction.getRange().start;
    const rule = Object.hasOwn(INSTRUCTIONS, keyword) ? INSTRUCTIONS[keyword] : undefined;
    if (rule === undefined) {
      const suggestion = didYouMean(keyword, Object.keys(INSTRUCTIONS));
      this.#report(
        place,
        `unknown instruction ${quote(instruction.getInstruction())}; allowed: ${Object.keys(INSTRUCTIONS).join(', ')}`,
        suggestion === undefined ? undefined : `did you mean ${suggestion}?`,
      );
      return;
    }
    if (this.#scopes.length === 0 && keyword !== 'FROM' && keyword !== 'ARG') {
      this.#report(place, `${keyword} stands before the first FROM; allowed there: ARG`);
      return;
    }
    const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
    this.#checkFlags(keyword, flags, rule.options);
    const args = instruction.getArguments();
    if (args.length < rule.least) {
      this.#report(place, `${keyword} lacks arguments; allowed: ${rule.usage}`);
      // A FROM opens a stage all the same, or everything after it would seem to stand before the first one.
      if (keyword === 'FROM') this.#openStage(place, undefined, undefined);
      return;
    }
    if (keyword === 'RUN' || keyword === 'COPY' || keyword === 'ADD') this.#rejectHeredocs(args);
    if (keyword === 'FROM') this.#readFrom(place, args, flags);
    else if (keyword === 'ARG') this.#readArg(instruction);
    else if (keyword === 'ENV') this.#readEnv(instruction);
    else if (keyword === 'COPY' || keyword === 'ADD') this.#readCopy(instruction, keyword, args, flags);
    else if (keyword === 'RUN')
      flags.filter((flag) => flag.getName() === 'mount').forEach((flag) => this.#readMount(flag));
    else if (keyword === 'ONBUILD') this.#rejectOnbuild(place);
    else if (keyword === 'SHELL') this.#checkShell(instruction, rule.usage);
    else if (keyword === 'HEALTHCHECK') this.#checkHealthcheck(args, rule.usage);
    else if (keyword === 'LABEL') this.#properties(instruction);
  }

  #checkFlags(keyword: string, flags: readonly Flag[], allowed: readonly string[]): void {
    const seen = new Set<string>();
    for (const flag of flags) {
      const place = flag.getRange().start;
      const name = flag.getName();
      if (!allowed.includes(name)) {
        const foreign = FOREIGN_OPTIONS[`${keyword} --${name}`];
        const suggestion = didYouMean(name, allowed);
        const list = allowed.map((option) => `--${option}`).join(', ');
        this.#report(
          place,
          foreign === undefined
            ? `unknown option --${name} of ${keyword}; allowed: ${list}`
            : `${keyword} --${name} is outside the dialect that both engines take; allowed: ${list}`,
          foreign ?? (suggestion === undefined ? undefined : `did you mean --${suggestion}?`),
        );
      } else if ((flag.getValue() ?? '') === '') {
        this.#report(place, `--${name} lacks its value; allowed: --${name}=<value>`);
      } else if (seen.has(name) && name !== 'mount') {
        this.#report(place, `--${name} stands twice; allowed: once`);
      }
      seen.add(name);
    }
  }

  #rejectHeredocs(args: readonly Argument[]): void {
    const heredoc = args.find((arg) => HEREDOC.test(arg.getValue()));
    if (heredoc === undefined) return;
    this.#report(
      heredoc.getRange().start,
      `here-documents (${quote(heredoc.getValue())}) are outside the dialect that both engines take`,
      'put the text into a file beside the Dockerfile and COPY or RUN --mount=type=bind it, or join the commands with &&',
    );
  }

  #rejectOnbuild(place: Place): void {
    this.#report(
      place,
      'an OCI image cannot hold ONBUILD: it would silently be lost',
      'write the instruction into the Dockerfiles that build FROM this image',
    );
  }

  #checkShell(instruction: Instruction, usage: string): void {
    if (this.#jsonWords(instruction)?.length) return;
    this.#report(instruction.getRange().start, `SHELL takes a list of strings in JSON; allowed: ${usage}`);
  }

  #checkHealthcheck(args: readonly Argument[], usage: string): void {
    const [type, ...rest] = args;
    const kind = type?.getValue().toUpperCase();
    if ((kind === 'CMD' && rest.length > 0) || (kind === 'NONE' && rest.length === 0)) return;
    const start = type?.getRange().start ?? { line: 0, character: 0 };
    this.#report(start, `found HEALTHCHECK ${quote(args.map((arg) => arg.getValue()).join(' '))}; allowed: ${usage}`);
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

  /** The `name` or `name=value` pairs of ARG, ENV or LABEL as they were written. */
  #properties(instruction: Instruction): { name: string; value: string | undefined; place: Place }[] {
    if (!(instruction instanceof PropertyInstruction)) return [];
    const keyword = instruction.getKeyword();
    const words = instruction.getArguments();
    if (keyword === 'ARG' && words.length > 1 && words[0]?.getValue().includes('=') === false) {
      // The parser takes `ARG A B` for the old `ENV name value`; to both engines it declares two arguments.
      this.#report(
        words[0].getRange().start,
        'found several names in one ARG; allowed: ARG <name>[=<default>]',
        'write one ARG for each name',
      );
      return [];
    }
    return instruction.getProperties().flatMap((property) => {
      const place = property.getRange().start;
      const range = property.getValueRange();
      const value = range === null ? property.getValue() : this.#raw(range.start, range.end, property.getValue() ?? '');
      const name = property.getName();
      const valid = keyword === 'LABEL' ? name !== '' : /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
      if (!valid || (keyword !== 'ARG' && value === null)) {
        const usage = INSTRUCTIONS[keyword]?.usage ?? keyword;
        this.#report(place, `found ${keyword} ${quote(name)}${valid ? ' without a value' : ''}; allowed: ${usage}`);
        return [];
      }
      return [{ name, value: value ?? undefined, place }];
    });
  }

  #readArg(instruction: Instruction): void {
    const scope = this.#scopes.at(-1);
    for (const { name, value, place } of this.#properties(instruction)) {
      this.#args.add(name);
      const target = scope ?? this.#globals;
      // What the build passes wins over a default, and inside a stage a name alone takes the global value.
      const passed = this.#passed(name);
      if (passed !== undefined) {
        target.set(name, { text: passed, automatic: [], unset: [] });
      } else if (Object.hasOwn(AUTOMATIC_ARGS, name)) {
        target.set(name, this.#automatic(name));
      } else if (value !== undefined) {
        this.#assign(target, name, value, place);
      } else {
        const inherited = scope === undefined ? undefined : this.#globals.get(name);
        if (inherited !== undefined) target.set(name, inherited);
      }
    }
  }

  #readEnv(instruction: Instruction): void {
    const scope = this.#scopes.at(-1);
    if (scope === undefined) return;
    // All values of one ENV see the variables as they were before it.
    const before = new Map(scope);
    for (const { name, value, place } of this.#properties(instruction)) {
      this.#assign(scope, name, value ?? '', place, before);
    }
  }

  #assign(scope: Scope, name: string, value: string, place: Place, seen: Scope = scope): void {
    const expansion = this.#expand(value, seen, place);
    if (expansion !== undefined) scope.set(name, expansion);
  }

  #expand(word: string, scope: Scope, place: Place): Expansion | undefined {
    const expansion = expandWord(word, (name) => scope.get(name), this.#escape);
    if (expansion.error === undefined) return expansion;
    this.#report(place, `${quote(word)} cannot be read: ${expansion.error}`);
    return undefined;
  }

  /** The text between two places as it was written, or the parser's value where it goes on over several lines. */
  #raw(start: Place, end: Place, value: string): string {
    if (start.line !== end.line) return value;
    const line = this.#lineStarts[start.line] ?? 0;
    return this.#text.slice(line + start.character, line + end.character);
  }

  #rawArgument(arg: Argument): string {
    const { start, end } = arg.getRange();
    return this.#raw(start, end, arg.getValue());
  }

  // --- stages and references

  #openStage(place: Place, name: string | undefined, base: DockerfileReference | undefined): void {
    const inherited = base?.stageIndex === undefined ? undefined : this.#scopes[base.stageIndex];
    this.#scopes.push(new Map(inherited));
    const index = this.#stages.length;
    this.#stages.push({
      index,
      ...(name === undefined ? {} : { name }),
      line: place.line + 1,
      // Where the base cannot be read the file is refused, so nobody sees this.
      base: base ?? {
        kind: 'scratch',
        raw: '',
        value: 'scratch',
        instruction: 'FROM',
        stage: name ?? index,
        line: place.line + 1,
        column: place.character + 1,
      },
    });
  }

  #readFrom(place: Place, args: readonly Argument[], flags: readonly Flag[]): void {
    const [image, as, nameArgument] = args;
    if (image === undefined) return;
    if (args.length !== 1 && !(args.length === 3 && as?.getValue().toLowerCase() === 'as')) {
      const found = args.map((arg) => arg.getValue()).join(' ');
      this.#report(image.getRange().start, `found FROM ${quote(found)}; allowed: ${INSTRUCTIONS['FROM']?.usage}`);
    }
    const platform = flags.find((flag) => flag.getName() === 'platform');
    if (platform !== undefined && !/^"?\$\{?(?:TARGET|BUILD)PLATFORM\}?"?$/.test(platform.getValue() ?? '')) {
      this.#report(
        platform.getRange().start,
        `found --platform=${platform.getValue() ?? ''}; allowed: --platform=$TARGETPLATFORM, --platform=$BUILDPLATFORM`,
        'take --platform out: each platform is built by itself, from parents of that platform',
      );
    }
    const name = args.length === 3 ? nameArgument?.getValue() : undefined;
    if (name !== undefined && nameArgument !== undefined) this.#checkStageName(name, nameArgument.getRange().start);

    const stage = name ?? this.#stages.length;
    const start = image.getRange().start;
    const raw = this.#rawArgument(image);
    const expansion = this.#expand(raw, this.#globals, start);
    const base = expansion === undefined ? undefined : this.#fromReference(raw, expansion, stage, start);
    if (base !== undefined) this.#references.push(base);
    this.#openStage(place, name, base);
  }

  #checkStageName(name: string, place: Place): void {
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
    place: Place,
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
    const base = { raw, value: expansion.text, instruction: 'FROM', stage, ...position(place) } as const;
    if (base.value === 'scratch') return { ...base, kind: 'scratch' };
    if (base.value === 'sources') {
      this.#report(place, 'sources is a folder of files, not an image', 'FROM another image, and COPY --from=sources');
      return undefined;
    }
    const named = this.#stages.findLast((candidate) => candidate.name === base.value);
    if (named !== undefined && expansion.variables) {
      this.#report(
        place,
        `${quote(raw)} names the stage ${base.value} through a variable, and Podman would look for an image of that name`,
        `write FROM ${base.value}`,
      );
      return undefined;
    }
    if (named !== undefined) return { ...base, kind: 'stage', stageIndex: named.index };
    return this.#imageReference(base, place, false);
  }

  /** Reads what `COPY --from` or a mount's `from` names. Neither engine's dialect expands variables there. */
  #fromOption(raw: string, instruction: 'COPY' | 'RUN', place: Place): DockerfileReference | undefined {
    const value = raw.replace(/^(["'])(.*)\1$/, '$2');
    const last = this.#stages.at(-1);
    const index = this.#stages.length - 1;
    const base = { raw, value, instruction, stage: last?.name ?? index, ...position(place) } as const;
    if (value.includes('$')) {
      this.#report(
        place,
        `found ${quote(raw)}; allowed: a name without variables, since the engines do not expand them here`,
        `write FROM ${value} AS <name> as a stage of its own above this one, and from=<name> here`,
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
    place: Place,
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

  /** The words of an instruction in JSON form; undefined where it is in shell form. */
  #jsonWords(instruction: Instruction): string[] | undefined {
    if (!(instruction instanceof JSONInstruction) || instruction.getOpeningBracket() === null) return undefined;
    try {
      const words: unknown = JSON.parse(instruction.getArgumentsContent() ?? '');
      return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
    } catch {
      // Both engines take what is no JSON for the shell form.
      return undefined;
    }
  }

  #readCopy(
    instruction: Instruction,
    keyword: 'COPY' | 'ADD',
    args: readonly Argument[],
    flags: readonly Flag[],
  ): void {
    const place = instruction.getRange().start;
    const json = this.#jsonWords(instruction);
    const words: { text: string; place: Place }[] =
      json?.map((text) => ({ text, place })) ??
      args.map((arg) => ({ text: this.#rawArgument(arg), place: arg.getRange().start }));
    if (words.length < 2) {
      this.#report(place, `${keyword} lacks arguments; allowed: ${INSTRUCTIONS[keyword]?.usage}`);
      return;
    }
    const from = keyword === 'COPY' ? flags.find((flag) => flag.getName() === 'from') : undefined;
    const fromValue = from?.getValue() ?? '';
    if (from !== undefined) {
      if (fromValue === '') return;
      const start = from.getValueRange()?.start ?? from.getRange().start;
      const reference = this.#fromOption(fromValue, 'COPY', start);
      if (reference !== undefined) this.#references.push(reference);
      return;
    }
    for (const word of words.slice(0, -1)) {
      if (HEREDOC.test(word.text)) continue;
      if (keyword === 'ADD' && REMOTE.test(word.text)) {
        this.#report(
          word.place,
          `ADD ${quote(word.text)} fetches from the network; allowed: files of the build context`,
          'list the file under `sources` in image.yaml, with its digest, and COPY --from=sources',
        );
        continue;
      }
      this.#addContextPath(word.text, word.place);
    }
  }

  #readMount(flag: Flag): void {
    const place = flag.getRange().start;
    const value = flag.getValue() ?? '';
    const options = new Map<string, string>();
    for (const entry of value === '' ? [] : value.replace(/^"(.*)"$/, '$1').split(',')) {
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
    const from = options.get('from');
    if (from !== undefined) {
      if (type !== 'bind' && type !== 'cache') {
        this.#report(place, `a ${type} mount takes no from; allowed: bind and cache mounts`);
        return;
      }
      const start = flag.getOption('from')?.getValueRange()?.start ?? place;
      if (from === '') {
        this.#report(place, 'from lacks its value; allowed: from=<stage, context or image>');
        return;
      }
      const reference = this.#fromOption(from, 'RUN', start);
      if (reference !== undefined) this.#references.push(reference);
    } else if (type === 'bind' && value !== '') {
      this.#addContextPath(options.get('source') ?? options.get('src') ?? '.', place);
    }
  }

  #addContextPath(word: string, place: Place): void {
    const expansion = this.#expand(word, this.#scopes.at(-1) ?? new Map<string, Variable>(), place);
    if (expansion === undefined) return;
    const [unset] = expansion.unset;
    if (unset !== undefined) {
      this.#report(
        place,
        `${unset} in ${quote(word)} has no value in this stage`,
        this.#globals.has(unset) ? `write ARG ${unset} in this stage` : `write ARG ${unset}=<value> in this stage`,
      );
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
    this.#contextPaths.push({ path: parts.length === 0 ? '.' : parts.join('/'), line: place.line + 1 });
  }
}

function position(place: Place): { line: number; column: number } {
  return { line: place.line + 1, column: place.character + 1 };
}

function isContext(value: string): value is (typeof CONTEXTS)[number] {
  return value === 'sources' || value === 'artifacts';
}
