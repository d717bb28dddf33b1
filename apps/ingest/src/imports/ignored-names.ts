import picomatch from 'picomatch';

/** The value of the setting IGNORE that ignores nothing. */
const NOTHING = 'none';

/** Splits the setting IGNORE. */
export function parseIgnored(text: string): string[] {
  const patterns = text
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
  return patterns.length === 1 && patterns[0] === NOTHING ? [] : patterns;
}

/**
 * Says whether an import ignores a key. A pattern without '/' is compared with each name in the key, that of
 * the file and those of its folders; a pattern with '/' with the path from the root of the store to each of them.
 */
export class IgnoredNames {
  private readonly matchesName: (name: string) => boolean;
  private readonly matchesPath: (path: string) => boolean;

  constructor(patterns: readonly string[]) {
    this.matchesName = matcher(patterns.filter((pattern) => !pattern.includes('/')));
    this.matchesPath = matcher(patterns.filter((pattern) => pattern.includes('/')));
  }

  /** @param prefix of the import: folders that it names are not compared, they were asked for */
  has(key: string, prefix: string): boolean {
    const asked = prefix.lastIndexOf('/') + 1;
    const names = key.slice(asked).split('/');
    let end = asked;
    return names.some((name) => {
      end += name.length;
      const path = key.slice(0, end);
      end += 1;
      return name !== '' && (this.matchesName(name) || this.matchesPath(path));
    });
  }
}

/** Upper and lower case are equal, and a leading '.' is a character like any other. */
function matcher(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return () => false;
  const matches = picomatch([...patterns], { dot: true, nocase: true });
  return (text) => matches(text);
}
