import { DockerfileParser, ModifiableInstruction, PropertyInstruction } from 'dockerfile-ast';

/** One instruction of a Dockerfile. */
interface Step {
  readonly keyword: string;
  /** `--from=build` as `from: 'build'`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  /** The variables of ENV and ARG. */
  readonly variables: Readonly<Record<string, string>>;
  /** The text after keyword and flags. */
  readonly text: string;
  readonly line: number;
}

export interface Stage {
  readonly name: string;
  /** Name of another stage, or of an image, with the defaults of build arguments filled in. */
  readonly base: string;
  readonly steps: readonly Step[];
}

/** Parses a Dockerfile into its stages, in order. */
export function parseDockerfile(text: string): Stage[] {
  const parsed = DockerfileParser.parse(text);
  const defaults = new Map(
    parsed.getInitialARGs().map((arg) => {
      const property = arg.getProperty();
      return [property?.getName() ?? '', property?.getValue() ?? ''];
    }),
  );
  const stages: (Stage & { steps: Step[] })[] = [];
  for (const instruction of parsed.getInstructions()) {
    const keyword = instruction.getKeyword();
    const words = instruction.getArguments().map((argument) => argument.getValue());
    if (keyword === 'FROM') {
      const [base = '', , name = ''] = words;
      stages.push({ name, base: substitute(base, defaults), steps: [] });
      continue;
    }
    const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
    const properties =
      instruction instanceof PropertyInstruction ? instruction.getProperties() : [];
    stages.at(-1)?.steps.push({
      keyword,
      flags: Object.fromEntries(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
      words,
      variables: Object.fromEntries(properties.map((p) => [p.getName(), p.getValue() ?? ''])),
      text: instruction.getArgumentsContent() ?? '',
      line: instruction.getRange().start.line + 1,
    });
  }
  return stages;
}

function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
}

/** All steps of a stage; the steps of its base stages come first. */
export function stepsOf(stages: readonly Stage[], name: string): Step[] {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage ? [...stepsOf(stages, stage.base), ...stage.steps] : [];
}

/** The environment of a stage. */
export function environmentOf(stages: readonly Stage[], name: string): Record<string, string> {
  const all = stepsOf(stages, name).filter(({ keyword }) => keyword === 'ENV');
  return Object.assign({}, ...all.map(({ variables }) => variables)) as Record<string, string>;
}

/**
 * The words of a stage's last ENTRYPOINT or HEALTHCHECK. Null when the stage has none, or has one in shell form:
 * then the shell would receive SIGTERM instead of the program.
 */
export function commandOf(
  stages: readonly Stage[],
  name: string,
  keyword: 'ENTRYPOINT' | 'HEALTHCHECK',
): string[] | null {
  const text = stepsOf(stages, name).findLast((step) => step.keyword === keyword)?.text;
  const list = /\[.*\]$/s.exec(text ?? '')?.[0];
  return list === undefined ? null : (JSON.parse(list) as string[]);
}

/**
 * Returns a function that tells whether .dockerignore excludes a path. The last pattern that matches the path or one
 * of its parent folders decides; `!` includes a path again.
 */
export function dockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      ignores: !line.startsWith('!'),
      pattern: patternOf(line.replace(/^!/, '').replace(/^\/|\/$/g, '')),
    }));
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.ignores ?? false;
}

function patternOf(glob: string): RegExp {
  const parts = glob.split(/(\*\*\/|\*|\?)/).map((part) => {
    if (part === '**/') return '(.*/)?';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}(/|$)`);
}
