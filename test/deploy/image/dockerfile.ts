import { DockerfileParser, ModifiableInstruction, PropertyInstruction } from 'dockerfile-ast';

/** One instruction of a Dockerfile. */
export interface Step {
  readonly keyword: string;
  /** `--from=build` as `from: 'build'`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  /** Of ENV and ARG. */
  readonly variables: Readonly<Record<string, string>>;
  /** What follows keyword and flags, as written. */
  readonly text: string;
  readonly line: number;
}

export interface Stage {
  readonly name: string;
  /** Name of another stage, or an image, with build arguments at their defaults. */
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

/** All steps that make a stage, those of the stages it is built on first. */
export function stepsOf(stages: readonly Stage[], name: string): Step[] {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage ? [...stepsOf(stages, stage.base), ...stage.steps] : [];
}

/** ENV of a stage, later ones over earlier ones. */
export function environmentOf(stages: readonly Stage[], name: string): Record<string, string> {
  const all = stepsOf(stages, name).filter(({ keyword }) => keyword === 'ENV');
  return Object.assign({}, ...all.map(({ variables }) => variables)) as Record<string, string>;
}

/**
 * The words of the last ENTRYPOINT, CMD or HEALTHCHECK … CMD of a stage; null when it has none or is written
 * for a shell, which would stand between the program and SIGTERM.
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
