import { imageProblem } from '../support/image-reference.js';
import {
  defaultPort,
  SERVICE_SCHEMAS,
  type ServiceName,
  unknownSettings,
} from '../support/service-settings.js';
import { commandOf, environmentOf, type Stage, stepsOf } from './dockerfile.js';

/** Facts about the project that the rules need. */
export interface Context {
  /** Whether the build context has a path that .dockerignore does not exclude. */
  has(path: string): boolean;
  /** Whether a file that a container runs exists in the compiled output or in the project. */
  runs(path: string): boolean;
  /** Stages that are built as images. */
  readonly targets: readonly string[];
  /** The service that a target runs. */
  readonly services: Readonly<Record<string, ServiceName>>;
}

/** Returns one message for each problem. */
export type DockerfileRule = (stages: readonly Stage[], context: Context) => string[];

const isStage = (stages: readonly Stage[], name: string) =>
  stages.some((stage) => stage.name === name);

export const targetsExist: DockerfileRule = (stages, { targets }) =>
  targets.filter((name) => !isStage(stages, name)).map((name) => `stage ${name} does not exist`);

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
        if (isStage(stages.slice(0, index), from)) return [];
        return [`line ${line}: ${from} is not an earlier stage`];
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
    // Kubernetes' runAsNonRoot accepts numeric users only.
    return /^[1-9]\d*(:[1-9]\d*)?$/.test(user ?? '') ? [] : [`${name} runs as ${user ?? 'root'}`];
  });

export const addIsNotUsed: DockerfileRule = (stages) =>
  stages.flatMap(({ steps }) =>
    steps
      .filter(({ keyword }) => keyword === 'ADD')
      .map(({ line }) => `line ${line}: use COPY instead of ADD, which downloads and unpacks`),
  );

export const packageListsAreRemoved: DockerfileRule = (stages) =>
  stages.flatMap(({ steps }) =>
    steps
      .filter(({ text }) => /\bapt(-get)? +(update|install)\b/.test(text))
      .filter(({ text }) => !text.includes('rm -rf /var/lib/apt/lists/*'))
      .map(({ line }) => `line ${line}: the package lists of apt stay in the image`),
  );

/** Programs that install software: a running container must not have them. */
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
        .map(({ line }) => `line ${line}: ${name} installs software in its own image`),
    ];
  });

/** npm installs TypeScript as a peer dependency each time, and nothing needs it at run time. */
export const compilerIsRemoved: DockerfileRule = (stages) =>
  stages.flatMap(({ steps }) =>
    steps
      .filter(({ text }) => /\bnpm (ci|install)\b.* --omit=dev\b/.test(text))
      .filter(({ text }) => !text.includes('rm -rf node_modules/typescript'))
      .map(({ line }) => `line ${line}: TypeScript stays in node_modules`),
  );

/** The CUDA version that each engine needs, as an image without compilers. */
const CUDA: Readonly<Record<string, RegExp>> = {
  onnxruntime: /^nvidia\/cuda:12\.\S*-cudnn-runtime-/,
  tensorflow: /^nvidia\/cuda:11\.2\.\S*-cudnn8-runtime-/,
};

export const basesAreRuntimeImages: DockerfileRule = (stages, { targets }) =>
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
      : [`${name} does not verify its model packs`];
  });

function rootBase(stages: readonly Stage[], name: string): string {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage ? rootBase(stages, stage.base) : name;
}

export const imagesHoldNoSecrets: DockerfileRule = (stages) =>
  stages.flatMap(({ steps }) =>
    steps.flatMap(({ variables, line }) =>
      Object.keys(variables)
        .filter((name) => /(SECRET|PASSWORD|TOKEN|CREDENTIAL|API_?KEY)/i.test(name))
        .map((name) => `line ${line}: ${name} would be stored in the image`),
    ),
  );

/** Without this, glibc keeps a heap for each thread: 130 MiB more in an embedder (docs/soak.md). */
export const allocatorArenasAreLimited: DockerfileRule = (stages, { targets }) =>
  targets
    .filter((name) => commandOf(stages, name, 'ENTRYPOINT')?.[0] === 'node')
    .filter((name) => environmentOf(stages, name).MALLOC_ARENA_MAX !== '2')
    .map((name) => `${name} does not set MALLOC_ARENA_MAX=2`);

export const entryPointsExist: DockerfileRule = (stages, context) =>
  context.targets.flatMap((name) => {
    const words = commandOf(stages, name, 'ENTRYPOINT');
    if (words === null)
      return [`${name} has no ENTRYPOINT in list form, so a shell would receive the signals`];
    const [program, file] = words;
    if (program === 'cp') return [];
    if (program === 'node' && file !== undefined && context.runs(file)) return [];
    return [`${name} starts ${words.join(' ')}, which does not exist`];
  });

export const healthIsChecked: DockerfileRule = (stages, context) =>
  context.targets.flatMap((name) => {
    const step = stepsOf(stages, name).findLast(({ keyword }) => keyword === 'HEALTHCHECK');
    if (step === undefined) return [`${name} has no HEALTHCHECK`];
    const isService = environmentOf(stages, name).PORT !== undefined;
    if (!isService)
      return step.text === 'NONE' ? [] : [`${name} is not a service and needs HEALTHCHECK NONE`];
    const words = commandOf(stages, name, 'HEALTHCHECK');
    const [program, file] = words ?? [];
    if (program === 'node' && file !== undefined && context.runs(file)) return [];
    return [`${name} has the HEALTHCHECK ${step.text}, which does not exist`];
  });

export const stagesAreUsed: DockerfileRule = (stages, { targets }) => {
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
    .map(({ name }) => `stage ${name} is not used`);
};

/** ENV and EXPOSE of a service's image hold valid settings of the service and its port. */
export const settingsAreValid: DockerfileRule = (stages, { services }) =>
  Object.entries(services)
    .filter(([target]) => isStage(stages, target))
    .flatMap(([target, service]) => {
      const environment = environmentOf(stages, target);
      const shape: Readonly<Record<string, Setting>> = SERVICE_SCHEMAS[service].shape;
      const exposed = stepsOf(stages, target).findLast(({ keyword }) => keyword === 'EXPOSE')?.text;
      const port = String(defaultPort(service));
      return [
        ...unknownSettings(service, Object.keys(environment)).map(
          (name) => `${target}: ${service} has no setting ${name}`,
        ),
        ...Object.entries(environment)
          .filter(([name, value]) => shape[name]?.safeParse(value).success === false)
          .map(([name, value]) => `${target}: ${name}=${value} is not valid`),
        ...(environment.PORT === port && exposed === port
          ? []
          : [`${target}: PORT and EXPOSE must be ${port}`]),
      ];
    });

interface Setting {
  safeParse(value: string): { readonly success: boolean };
}
