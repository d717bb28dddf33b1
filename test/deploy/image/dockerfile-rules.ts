import { imageProblem } from '../support/image-reference.js';
import { commandOf, environmentOf, type Stage, stepsOf } from './dockerfile.js';

/** What the rules must know of the project around a Dockerfile. */
export interface Context {
  /** Whether the build context has a path, and .dockerignore lets it in. */
  has(path: string): boolean;
  /** Whether the compiled output or the context has a file that a container runs. */
  runs(path: string): boolean;
  /** Stages that people build. */
  readonly targets: readonly string[];
}

/** @returns what is wrong, in words; empty when nothing is */
export type DockerfileRule = (stages: readonly Stage[], context: Context) => string[];

const isStage = (stages: readonly Stage[], name: string) =>
  stages.some((stage) => stage.name === name);

export const targetsExist: DockerfileRule = (stages, { targets }) =>
  targets.filter((name) => !isStage(stages, name)).map((name) => `there is no stage ${name}`);

export const copySourcesExist: DockerfileRule = (stages, context) =>
  stages.flatMap((stage, index) =>
    stage.steps
      .filter(({ keyword }) => keyword === 'COPY')
      .flatMap(({ flags, words, line }) => {
        const { from } = flags;
        if (from === undefined) {
          const missing = words.slice(0, -1).filter((source) => !context.has(source));
          return missing.map((source) => `line ${line}: ${source} is not in the build context`);
        }
        // A later stage cannot be copied from.
        if (isStage(stages.slice(0, index), from)) return [];
        return [`line ${line}: there is no earlier stage ${from}`];
      }),
  );

export const basesArePinned: DockerfileRule = (stages) =>
  stages
    .filter(({ base }) => !isStage(stages, base))
    .map(({ base }) => imageProblem(base))
    .filter((problem) => problem !== null);

export const targetsAreNotRoot: DockerfileRule = (stages, { targets }) =>
  targets.flatMap((name) => {
    const user = stepsOf(stages, name).findLast(({ keyword }) => keyword === 'USER')?.text;
    // Kubernetes' runAsNonRoot believes numbers only.
    return /^[1-9]\d*(:[1-9]\d*)?$/.test(user ?? '') ? [] : [`${name} runs as ${user ?? 'root'}`];
  });

export const nothingIsAdded: DockerfileRule = (stages) =>
  stages.flatMap(({ steps }) =>
    steps
      .filter(({ keyword }) => keyword === 'ADD')
      .map(({ line }) => `line ${line}: ADD fetches and unpacks; COPY does what it says`),
  );

export const noPackageListsAreLeft: DockerfileRule = (stages) =>
  stages.flatMap(({ steps }) =>
    steps
      .filter(({ text }) => /\bapt(-get)? +(update|install)\b/.test(text))
      .filter(({ text }) => !text.includes('rm -rf /var/lib/apt/lists/*'))
      .map(({ line }) => `line ${line}: apt's lists stay in the image`),
  );

/** What a running container could install software with. */
const INSTALLERS = ['/usr/local/lib/node_modules', '/usr/local/bin/npm', '/usr/local/bin/npx'];

export const targetsCannotInstall: DockerfileRule = (stages, { targets }) =>
  targets.flatMap((name) => {
    const steps = stepsOf(stages, name);
    const onNode = rootBase(stages, name).startsWith('node:');
    const removed = steps.filter(({ text }) => text.startsWith('rm -rf ')).flatMap((s) => s.words);
    const left = onNode ? INSTALLERS.filter((file) => !removed.includes(file)) : [];
    return [
      ...left.map((file) => `${name} keeps ${file}`),
      ...steps
        .filter(
          ({ keyword, text }) => keyword === 'RUN' && /\b(npm|apt-get|apk|pip)\b +\w/.test(text),
        )
        .map(({ line }) => `line ${line}: ${name} is built on an image that installs something`),
    ];
  });

/** A peer that npm puts back at every install, and that nothing running reads. */
export const compilerIsLeftOut: DockerfileRule = (stages) =>
  stages.flatMap(({ steps }) =>
    steps
      .filter(({ text }) => /\bnpm (ci|install)\b.* --omit=dev\b/.test(text))
      .filter(({ text }) => !text.includes('rm -rf node_modules/typescript'))
      .map(({ line }) => `line ${line}: TypeScript stays among the modules`),
  );

/** Each engine's own CUDA, without compilers. */
const CUDA: Readonly<Record<string, RegExp>> = {
  onnxruntime: /^nvidia\/cuda:12\.\S*-cudnn-runtime-/,
  tensorflow: /^nvidia\/cuda:11\.2\.\S*-cudnn8-runtime-/,
};

export const basesAreForRunning: DockerfileRule = (stages, { targets }) =>
  targets
    .filter((name) => isStage(stages, name))
    .flatMap((name) => {
      const base = rootBase(stages, name);
      const engine = environmentOf(stages, name).INFERENCE_ENGINE ?? '';
      const right = CUDA[engine] ?? /^node:\S+-slim(@|$)/;
      return right.test(base) ? [] : [`${name} runs on ${base}`];
    });

export const packsAreVerified: DockerfileRule = (stages) =>
  stages.flatMap(({ name, steps }) => {
    const text = steps.map((step) => step.text).join(' && ');
    const after = text.split('models pull')[1];
    return after === undefined || after.includes('models verify')
      ? []
      : [`${name} trusts its packs`];
  });

function rootBase(stages: readonly Stage[], name: string): string {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage ? rootBase(stages, stage.base) : name;
}

export const noSecretsInside: DockerfileRule = (stages) =>
  stages.flatMap(({ steps }) =>
    steps.flatMap(({ variables, line }) =>
      Object.keys(variables)
        .filter((name) => /(SECRET|PASSWORD|TOKEN|CREDENTIAL|API_?KEY)/i.test(name))
        .map((name) => `line ${line}: ${name} would stay in the image`),
    ),
  );

/** glibc's allocator keeps a heap for each thread otherwise: 130 MiB more in an embedder (docs/soak.md). */
export const heapsAreFew: DockerfileRule = (stages, { targets }) =>
  targets
    .filter((name) => commandOf(stages, name, 'ENTRYPOINT')?.[0] === 'node')
    .filter((name) => environmentOf(stages, name).MALLOC_ARENA_MAX !== '2')
    .map((name) => `${name} does not set MALLOC_ARENA_MAX=2`);

export const entryPointsRun: DockerfileRule = (stages, context) =>
  context.targets.flatMap((name) => {
    const words = commandOf(stages, name, 'ENTRYPOINT');
    if (words === null) return [`${name} has no entry point as a list, which signals need`];
    const [program, file] = words;
    if (program === 'cp') return [];
    if (program === 'node' && file !== undefined && context.runs(file)) return [];
    return [`${name} starts ${words.join(' ')}, which is not there`];
  });

export const healthIsChecked: DockerfileRule = (stages, context) =>
  context.targets.flatMap((name) => {
    const step = stepsOf(stages, name).findLast(({ keyword }) => keyword === 'HEALTHCHECK');
    if (step === undefined) return [`${name} says nothing of its health`];
    const isService = environmentOf(stages, name).PORT !== undefined;
    if (!isService) return step.text === 'NONE' ? [] : [`${name} serves nothing to check`];
    const words = commandOf(stages, name, 'HEALTHCHECK');
    const [program, file] = words ?? [];
    if (program === 'node' && file !== undefined && context.runs(file)) return [];
    return [`${name} is checked by ${step.text}, which is not there`];
  });

export const noStageIsUseless: DockerfileRule = (stages, { targets }) => {
  const used = new Set<string>();
  const use = (name: string): void => {
    const stage = stages.find((candidate) => candidate.name === name);
    if (!stage || used.has(name)) return;
    used.add(name);
    use(stage.base);
    for (const { flags } of stage.steps) if (flags.from !== undefined) use(flags.from);
  };
  targets.forEach(use);
  return stages
    .filter(({ name }) => !used.has(name))
    .map(({ name }) => `nothing uses stage ${name}`);
};
