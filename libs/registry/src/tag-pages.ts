import { TAG } from '@dockyard/definition';
import { z } from 'zod';
import { networkError, printable, RegistryError } from './errors.ts';
import { type Answer, fieldsOf, parseJson, readBytes } from './http.ts';
import { nextPage } from './link.ts';

const PAGE = 1_000;
const MOST_BYTES = 4 << 20;
/** A registry that ignores the size asked for may give few a page, and no repository has so many. */
const MOST_PAGES = 10_000;
const MOST_TAGS = 1_000_000;

const list = z.object({ tags: z.array(z.string()).nullish() });

/** One page of a list of tags. */
export interface TagPage {
  readonly tags: readonly string[];
  /** The query of the next page: `?last=b&n=1000`. */
  readonly next: string | undefined;
}

/**
 * Reads the page that an answer holds.
 *
 * @param what was asked, for messages
 * @throws {RegistryError} it is no list of tags
 */
export async function readTagPage(answer: Answer, what: string): Promise<TagPage> {
  const bytes = await readBytes(answer.body, MOST_BYTES).catch((error: unknown) => {
    throw networkError(what, error);
  });
  const parsed = list.safeParse(parseJson(bytes.toString('utf8')));
  if (!parsed.success) throw new RegistryError(`${what}: the answer is no list of tags`, { transient: false });
  const tags = parsed.data.tags ?? [];
  const odd = tags.find((tag) => !TAG.test(tag));
  if (odd !== undefined)
    throw new RegistryError(`${what}: it lists ${JSON.stringify(printable(odd, 100))}, which is no tag`, {
      transient: false,
    });
  const target = nextPage(fieldsOf(answer, 'link'));
  // Its query alone: pages are asked of the registry itself, wherever it says that they are.
  const next =
    target !== undefined && URL.canParse(target, answer.url.href) ? new URL(target, answer.url).search : undefined;
  return { tags, next };
}

/**
 * Collects the tags of all pages.
 *
 * @param what is asked, for messages
 * @param page asks for one, by its query
 * @returns each once
 * @throws {RegistryError} a page repeats what came before, or there is no end of them
 */
export async function collectTags(what: string, page: (query: string) => Promise<TagPage>): Promise<string[]> {
  const tags = new Set<string>();
  const asked = new Set<string>();
  for (let query = `?n=${String(PAGE)}`; ;) {
    asked.add(query);
    const before = tags.size;
    const found = await page(query);
    for (const tag of found.tags) tags.add(tag);
    if (found.next === undefined) return [...tags];
    query = found.next;
    if (asked.has(query) || (tags.size === before && found.tags.length > 0))
      throw new RegistryError(`${what}: the registry repeats its pages`, { transient: false });
    if (asked.size >= MOST_PAGES || tags.size > MOST_TAGS)
      throw new RegistryError(`${what}: there is no end of pages`, { transient: false });
  }
}
