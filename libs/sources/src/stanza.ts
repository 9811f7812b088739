/** One paragraph of a Debian control file (deb822). */
export interface Stanza {
  /** A field's value with its continuation lines, or undefined. */
  field(name: string): string | undefined;
  /** The paragraph as text, without some fields. */
  without(names: readonly string[]): string;
}

/**
 * Reads paragraphs of Debian control data (Debian Policy 5.1): what apt-cache prints and what a .deb carries.
 *
 * @param text the paragraphs
 */
export function parseStanzas(text: string): Stanza[] {
  return text
    .split(/\n[ \t]*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map(parseStanza);
}

function parseStanza(text: string): Stanza {
  const fields = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split('\n')) {
    if (/^[ \t]/.test(line)) current.push(line);
    else {
      current = [line];
      fields.set(line.slice(0, line.indexOf(':')).toLowerCase(), current);
    }
  }
  return {
    field: (name) => {
      const lines = fields.get(name.toLowerCase());
      return lines
        ?.join('\n')
        .slice(name.length + 1)
        .trim();
    },
    without: (names) => {
      const dropped = new Set(names.map((name) => name.toLowerCase()));
      return [...fields].flatMap(([name, lines]) => (dropped.has(name) ? [] : lines)).join('\n');
    },
  };
}
