/** Checks the architecture that a Keras model describes in JSON against the network. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { kerasError } from './keras-weights.js';
import { batchNormOf, BATCH_NORM_EPSILON, type ConvLayer, type Network } from './network.js';

/** Maximum size of a model.json. FaceNet's has 200 kB. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Layer classes that a model may have in addition to the layers of the network. Lambdas scale the
 * residual branches; their Python code is ignored.
 */
const OTHER_CLASSES = ['InputLayer', 'Lambda', 'Add', 'Dropout'];

/** `model.to_json()` of a functional model. Fields that are not compared are ignored. */
const modelSchema = z.looseObject({
  class_name: z.string(),
  config: z.looseObject({
    layers: z
      .array(z.looseObject({ class_name: z.string(), config: z.looseObject({ name: z.string() }) }))
      .max(4096),
  }),
});

type KerasLayer = z.infer<typeof modelSchema>['config']['layers'][number];

/**
 * Checks a model.json file that belongs to a model.h5 file.
 * @throws PipelineError KERAS_FILE_INVALID or KERAS_ARCHITECTURE_MISMATCH
 */
export async function checkArchitectureFile(file: string, network: Network): Promise<void> {
  const name = path.basename(file);
  let json: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    json = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${name} cannot be read: ${reason}`;
    throw kerasError('KERAS_FILE_INVALID', message, { file: name }, error);
  }
  checkArchitecture(json, network, name);
}

/**
 * Compares an architecture in Keras' JSON with the network, layer by layer: names, classes, settings.
 * @param file name of the file, for messages
 * @throws PipelineError KERAS_FILE_INVALID, or KERAS_ARCHITECTURE_MISMATCH with the first difference
 */
export function checkArchitecture(json: string, network: Network, file: string): void {
  const layers = parseLayers(json, file);
  const difference = firstDifference(layers, network);
  if (difference === null) return;
  const message = `${file} describes another network than FaceNet: layer ${difference.layer} ${difference.problem}`;
  throw kerasError('KERAS_ARCHITECTURE_MISMATCH', message, { file, layer: difference.layer });
}

interface Difference {
  readonly layer: string;
  readonly problem: string;
}

function firstDifference(layers: readonly KerasLayer[], network: Network): Difference | null {
  const byName = new Map(layers.map((layer) => [layer.config.name, layer]));
  const expected = architectureOf(network);
  for (const layer of expected) {
    const problem = problemOf(byName.get(layer.name), layer);
    if (problem !== null) return { layer: layer.name, problem };
  }
  const known = new Set(expected.map(({ name }) => name));
  for (const layer of layers) {
    const { name } = layer.config;
    const problem = known.has(name) ? null : problemOfOther(layer, network);
    if (problem !== null) return { layer: name, problem };
  }
  return null;
}

function parseLayers(json: string, file: string): KerasLayer[] {
  try {
    return modelSchema.parse(JSON.parse(json)).config.layers;
  } catch (error) {
    const message = `${file} is not a functional model as written by Keras' model.to_json()`;
    throw kerasError('KERAS_FILE_INVALID', message, { file }, error);
  }
}

function problemOf(found: KerasLayer | undefined, expected: ArchitectureLayer): string | null {
  if (!found) return 'is missing';
  if (found.class_name !== expected.className) {
    return `is a ${found.class_name} instead of a ${expected.className}`;
  }
  for (const [key, value] of Object.entries(expected.settings)) {
    const actual = found.config[key];
    // Older versions of Keras do not write settings that they do not have.
    if (actual === undefined || isSame(actual, value)) continue;
    return `has ${key} ${JSON.stringify(actual)} instead of ${JSON.stringify(value)}`;
  }
  return null;
}

/** Numbers may have been rounded to float32. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) < 1e-6;
  return isDeepStrictEqual(a, b);
}

function problemOfOther(layer: KerasLayer, { input }: Network): string | null {
  const { class_name: className, config } = layer;
  if (!OTHER_CLASSES.includes(className)) return `(${className}) does not belong to the network`;
  if (className !== 'InputLayer') return null;
  // Keras 2 and Keras 3.
  const shape = config.batch_input_shape ?? config.batch_shape;
  if (isDeepStrictEqual(shape, [null, ...input])) return null;
  return `takes ${JSON.stringify(shape)} instead of [null,${input.join(',')}]`;
}

/** An expected layer of Keras' JSON. */
interface ArchitectureLayer {
  readonly name: string;
  readonly className: string;
  /** Expected values of its `config`, if they are present. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The layers of a network in Keras. ReLUs are separate layers there, named after the layer before them. */
export function architectureOf({ layers }: Network): ArchitectureLayer[] {
  return layers.flatMap((layer): ArchitectureLayer[] => {
    const { name } = layer;
    switch (layer.kind) {
      case 'conv':
        return layer.normalised ? [conv(layer), batchNorm(name), relu(name)] : [conv(layer)];
      case 'max-pool': {
        const settings = { pool_size: [3, 3], strides: [2, 2], padding: 'valid' };
        return [{ name, className: 'MaxPooling2D', settings }];
      }
      case 'concat':
        return [{ name, className: 'Concatenate', settings: {} }];
      case 'residual':
        return layer.relu ? [relu(name)] : [];
      case 'mean':
        return [{ name, className: 'GlobalAveragePooling2D', settings: {} }];
      case 'dense': {
        const settings = { units: layer.shape[1], use_bias: false, activation: 'linear' };
        return [{ name, className: 'Dense', settings }, batchNorm(name)];
      }
    }
  });
}

function conv({ name, shape, stride, padding, normalised }: ConvLayer): ArchitectureLayer {
  const [height, width, , filters] = shape;
  return {
    name,
    className: 'Conv2D',
    settings: {
      filters,
      kernel_size: [height, width],
      strides: [stride, stride],
      padding,
      use_bias: !normalised,
      activation: 'linear',
      data_format: 'channels_last',
      dilation_rate: [1, 1],
      groups: 1,
    },
  };
}

function batchNorm(layer: string): ArchitectureLayer {
  const settings = { epsilon: BATCH_NORM_EPSILON, center: true, scale: false };
  return { name: batchNormOf(layer), className: 'BatchNormalization', settings };
}

function relu(layer: string): ArchitectureLayer {
  const settings = { activation: 'relu' };
  return { name: `${layer}_Activation`, className: 'Activation', settings };
}
