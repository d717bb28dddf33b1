/** Writes a folded network as a TF.js graph model. */
import { type FoldedLayer, type FoldedNetwork } from './fold-network.js';
import { INPUT } from './network.js';
import { OUTPUT } from './write-onnx.js';

const AXES = { channels: [3], plane: [1, 2] } as const;

const float = { type: 'DT_FLOAT' };
const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
const texts = (values: readonly string[]) => ({ list: { s: values.map((v) => text(v).s) } });
const integer = (value: number) => ({ i: String(value) });
const integers = (values: readonly number[]) => ({ list: { i: values.map(String) } });
const nhwc = { data_format: text('NHWC') };

/** A node of a TensorFlow graph in TF.js' JSON format. */
interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr: Readonly<Record<string, object>>;
}

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/**
 * Encodes a network for `tf.loadGraphModel`: input `input` [batch, height, width, channels], output
 * `embedding` [batch, dimension], not normalised.
 * @param weightsFile name of the weights file next to the JSON file
 */
export function writeTfjsGraph(
  network: FoldedNetwork,
  weightsFile: string,
): { json: Buffer; weights: Buffer } {
  const specs = [
    ...network.layers.flatMap(specsOf),
    { name: 'axis/channels', shape: [], dtype: 'int32' } as const,
    { name: 'axis/plane', shape: [2], dtype: 'int32' } as const,
  ];
  const model = {
    format: 'graph-model',
    generatedBy: 'sightline',
    convertedBy: null,
    signature: {
      inputs: { [INPUT]: tensorInfo(INPUT, network.input) },
      outputs: { [OUTPUT]: tensorInfo(OUTPUT, [network.dimension]) },
    },
    modelTopology: {
      node: [
        {
          name: INPUT,
          op: 'Placeholder',
          attr: { dtype: float, shape: { shape: shapeOf([-1, ...network.input]) } },
        },
        ...specs.map(constantOf),
        ...network.layers.flatMap(nodesOf),
      ],
      library: {},
      versions: { producer: 440 },
    },
    weightsManifest: [{ paths: [weightsFile], weights: specs }],
  };
  const { buffer, byteOffset, byteLength } = network.weights;
  return {
    json: Buffer.from(JSON.stringify(model)),
    weights: Buffer.concat([
      Buffer.from(buffer, byteOffset, byteLength),
      Buffer.from(Int32Array.from([...AXES.channels, ...AXES.plane]).buffer),
    ]),
  };
}

function nodesOf(layer: FoldedLayer): GraphNode[] {
  const { name } = layer;
  switch (layer.kind) {
    case 'conv':
      return [
        {
          name,
          op: '_FusedConv2D',
          input: [layer.input, `${name}/kernel`, `${name}/bias`],
          attr: {
            T: float,
            ...nhwc,
            num_args: integer(1),
            dilations: integers([1, 1, 1, 1]),
            strides: integers([1, layer.stride, layer.stride, 1]),
            padding: text(layer.padding.toUpperCase()),
            fused_ops: texts(layer.relu ? ['BiasAdd', 'Relu'] : ['BiasAdd']),
          },
        },
      ];
    case 'sum': {
      const sum = { op: 'AddV2', input: layer.inputs, attr: { T: float } };
      if (!layer.relu) return [{ name, ...sum }];
      return [
        { name: `${name}/linear`, ...sum },
        { name, op: 'Relu', input: [`${name}/linear`], attr: { T: float } },
      ];
    }
    case 'max-pool': {
      const window = { ksize: integers([1, 3, 3, 1]), strides: integers([1, 2, 2, 1]) };
      const attr = { T: float, ...nhwc, ...window, padding: text('VALID') };
      return [{ name, op: 'MaxPool', input: [layer.input], attr }];
    }
    case 'concat': {
      const attr = { T: float, N: integer(layer.inputs.length), Tidx: { type: 'DT_INT32' } };
      return [{ name, op: 'ConcatV2', input: [...layer.inputs, 'axis/channels'], attr }];
    }
    case 'mean': {
      const attr = { T: float, keep_dims: { b: false }, Tidx: { type: 'DT_INT32' } };
      return [{ name, op: 'Mean', input: [layer.input, 'axis/plane'], attr }];
    }
    case 'dense': {
      const attr = { T: float, transpose_a: { b: false }, transpose_b: { b: false } };
      return [
        { name: `${name}/linear`, op: 'MatMul', input: [layer.input, `${name}/kernel`], attr },
        {
          name: OUTPUT,
          op: 'AddV2',
          input: [`${name}/linear`, `${name}/bias`],
          attr: { T: float },
        },
      ];
    }
  }
}

/** In the order of the folded network's weights. */
function specsOf(layer: FoldedLayer): WeightSpec[] {
  if (layer.kind !== 'conv' && layer.kind !== 'dense') return [];
  return [
    { name: `${layer.name}/kernel`, shape: layer.shape, dtype: 'float32' },
    { name: `${layer.name}/bias`, shape: [layer.bias.length], dtype: 'float32' },
  ];
}

function constantOf({ name, shape, dtype }: WeightSpec): GraphNode {
  const type = dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32';
  const value = { tensor: { dtype: type, tensorShape: shapeOf(shape) } };
  return { name, op: 'Const', attr: { dtype: { type }, value } };
}

function tensorInfo(name: string, shape: readonly number[]): object {
  return { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: shapeOf([-1, ...shape]) };
}

function shapeOf(shape: readonly number[]): object {
  return { dim: shape.map((size) => ({ size: String(size) })) };
}
