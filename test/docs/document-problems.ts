/** What a document may refer to. */
export interface Referable {
  /** Scripts of package.json. */
  readonly scripts: ReadonlySet<string>;
  /** Names in capitals that the code knows: settings, error codes, environment variables. */
  readonly names: ReadonlySet<string>;
  /** First parts of paths under /v1 that a controller answers. */
  readonly resources: ReadonlySet<string>;
  /** Whether there is a file or a folder at this path from the document on. */
  exists(relativePath: string): boolean;
}

/** Settings and codes: two words or more in capitals. */
export const CAPITAL_NAME = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g;

/** What a Markdown document says that is not, or no longer, so. */
export function documentProblems(text: string, there: Referable): string[] {
  const links = all(text, /\]\(([^)\s]+)\)/g).filter((to) => !/^(https?:|#)/.test(to));
  return [
    ...missing('npm script', all(text, /npm run (?:--silent )?([\w:-]+)/g), there.scripts),
    ...missing('name', all(text, CAPITAL_NAME), there.names),
    ...missing('resource', all(text, /(?<![\w.])\/v1\/([\w-]+)/g), there.resources),
    ...links
      .map((to) => to.replace(/#.*$/, ''))
      .filter((to) => !there.exists(to))
      .map((to) => `no file ${to}`),
  ];
}

function missing(what: string, found: readonly string[], known: ReadonlySet<string>): string[] {
  return found.filter((name) => !known.has(name)).map((name) => `no ${what} ${name}`);
}

/** Each once: the first group of a match, or the match itself. */
function all(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([whole, group]) => group ?? whole))];
}
