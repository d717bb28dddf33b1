/** Names and files that a document may refer to. */
export interface Referable {
  /** Scripts of package.json. */
  readonly scripts: ReadonlySet<string>;
  /** Names in capitals that occur in the code: settings, error codes, environment variables. */
  readonly names: ReadonlySet<string>;
  /** First path segments under /v1 of all routes. */
  readonly resources: ReadonlySet<string>;
  /** Whether a file or a folder exists at this path, relative to the document. */
  exists(relativePath: string): boolean;
  /** Whether a file or a folder exists at this path, relative to the project. */
  inProject(path: string): boolean;
}

/** Settings and error codes: at least two words in capitals. */
export const CAPITAL_NAME = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g;

/** A path in backticks that begins with a folder of the project. */
const PROJECT_PATH =
  /`((?:apps|bench|deploy|docs|k8s|libs|observability|scripts|test)\/[\w./-]+)`/g;

/** References of a Markdown document to things that do not exist. */
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
    ...all(text, PROJECT_PATH)
      .filter((path) => !there.inProject(path))
      .map((path) => `no file ${path}`),
  ];
}

function missing(what: string, found: readonly string[], known: ReadonlySet<string>): string[] {
  return found.filter((name) => !known.has(name)).map((name) => `no ${what} ${name}`);
}

/** Distinct matches: the first group, or the whole match if there is no group. */
function all(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([whole, group]) => group ?? whole))];
}
