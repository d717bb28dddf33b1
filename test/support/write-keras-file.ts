import h5wasm, { type Group, type LIBVER_BOUND } from 'h5wasm';
import { writeFile } from 'node:fs/promises';
import { type KerasWeights } from '#models/facenet/keras-weights.js';
import { expectedTensors, type ExpectedTensor } from '#models/facenet/match-layout.js';
import { type Network } from '#models/facenet/network.js';

export interface KerasFileOptions {
  /** The JSON of a full model. Such a file has the layers under `model_weights`, and layers without weights. */
  readonly modelConfig?: string;
  /** Omits `layer_names` and `weight_names`. */
  readonly nameless?: boolean;
  /** Appended to the name of each tensor. */
  readonly suffix?: string;
  /** Called instead of writing the first tensor, with its group and name. */
  readonly firstTensor?: (group: Group, name: string, tensor: ExpectedTensor) => void;
  /** Format of HDF5. Keras writes the oldest one, which has no checksums. */
  readonly format?: LIBVER_BOUND;
  /** Called instead of writing the layers, with their group. */
  readonly layers?: (root: Group) => void;
}

/** A .h5 file as Keras writes it. */
export async function writeKerasFile(
  target: string,
  network: Network,
  weights: KerasWeights,
  options: KerasFileOptions = {},
): Promise<void> {
  const { FS } = await h5wasm.ready;
  const { modelConfig, format = 'earliest', layers = writeLayers } = options;
  const file = new h5wasm.File('/made.h5', 'w', { libver: [format, 'latest'] });
  if (modelConfig !== undefined) file.create_attribute('model_config', modelConfig);
  const root = modelConfig === undefined ? file : file.create_group('model_weights');
  layers(root, network, weights, options);
  file.close();
  await writeFile(target, FS.readFile('/made.h5'));
  FS.unlink('/made.h5');
}

function writeLayers(
  root: Group,
  network: Network,
  weights: KerasWeights,
  { modelConfig, nameless = false, suffix = ':0', firstTensor }: KerasFileOptions,
): void {
  const expected = expectedTensors(network);
  const idle = modelConfig === undefined ? [] : ['input_1', 'Conv2d_1a_3x3_Activation'];
  const layers = [...idle, ...new Set(expected.map(({ layer }) => layer))];
  if (!nameless) root.create_attribute('layer_names', layers, null, 'S64');
  for (const layer of layers) {
    const group = root.create_group(layer);
    const tensors = expected.filter((one) => one.layer === layer);
    const names = tensors.map(({ tensor }) => `${layer}/${tensor}${suffix}`);
    // As in Keras, where numpy turns an empty list of names into a list of numbers.
    if (names.length === 0) group.create_attribute('weight_names', new Float64Array());
    else if (!nameless) group.create_attribute('weight_names', names, null, 'S128');
    const inner = tensors.length > 0 ? group.create_group(layer) : group;
    for (const tensor of tensors) {
      const name = `${tensor.tensor}${suffix}`;
      if (firstTensor && tensor === expected[0]) firstTensor(inner, name, tensor);
      else {
        const data = weights.get(`${layer}/${tensor.tensor}`)!;
        inner.create_dataset({ name, data, shape: [...tensor.shape] });
      }
    }
  }
}
