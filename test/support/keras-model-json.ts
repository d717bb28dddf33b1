import { architectureOf } from '#models/facenet/keras-architecture.js';
import { type Network } from '#models/facenet/network.js';

interface KerasLayer {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[];
}

export type ModelChange = (layer: KerasLayer) => void;

/** `model.to_json()` of a network, with the Lambdas and sums between its layers. */
export function kerasModelJson(network: Network, change?: ModelChange): string {
  const residuals = network.layers.filter(({ kind }) => kind === 'residual');
  const layers = [
    layer('InputLayer', 'input_1', { batch_input_shape: [null, ...network.input], sparse: false }),
    ...architectureOf(network).map(({ className, name, settings }) =>
      layer(className, name, { trainable: true, ...settings }),
    ),
    ...residuals.flatMap((_, i) => [
      layer('Lambda', `lambda_${i + 1}`, {
        function: ['4wEAAAAA', null, null],
        module: '__main__',
      }),
      layer('Add', `add_${i + 1}`, {}),
    ]),
    layer('Dropout', 'Dropout', { rate: 0.2 }),
  ];
  if (change) layers.forEach(change);
  const config = { name: 'inception_resnet_v1', layers, input_layers: [], output_layers: [] };
  return JSON.stringify({ class_name: 'Functional', config, keras_version: '2.4.0' });
}

function layer(className: string, name: string, config: Record<string, unknown>): KerasLayer {
  return { class_name: className, name, config: { name, ...config }, inbound_nodes: [] };
}
