import { describe, expect, it } from '@jest/globals';
import { kerasModelJson, type ModelChange } from '../../../../test/support/keras-model-json.js';
import { inceptionResnetV1 } from './inception-resnet-v1.js';
import { checkArchitecture } from './keras-architecture.js';

const network = inceptionResnetV1(128);
const check = (json: string) => () => checkArchitecture(json, network, 'model.json');

describe('checkArchitecture', () => {
  it('accepts the network as Keras describes it, with Lambdas', () => {
    expect(check(kerasModelJson(network))).not.toThrow();
  });

  it('accepts missing settings of older versions of Keras and an epsilon rounded to float32', () => {
    const json = kerasModelJson(network, (layer) => {
      delete layer.config.groups;
      delete layer.config.dilation_rate;
      if ('epsilon' in layer.config) layer.config.epsilon = Math.fround(0.001);
    });
    expect(check(json)).not.toThrow();
  });

  it.each<[string, string, ModelChange, string]>([
    [
      'Conv2d_1a_3x3',
      'strides',
      (layer) => (layer.config.strides = [1, 1]),
      'has strides [1,1] instead of [2,2]',
    ],
    [
      'Block17_3_Branch_1_Conv2d_0b_1x7',
      'kernel',
      (layer) => (layer.config.kernel_size = [7, 1]),
      'has kernel_size [7,1] instead of [1,7]',
    ],
    [
      'Conv2d_1a_3x3_BatchNorm',
      'epsilon',
      (layer) => (layer.config.epsilon = 1e-5),
      'has epsilon 0.00001 instead of 0.001',
    ],
    [
      'Conv2d_1a_3x3_Activation',
      'activation',
      (layer) => (layer.config.activation = 'elu'),
      'has activation "elu" instead of "relu"',
    ],
    ['Bottleneck', 'units', (layer) => (layer.config.units = 512), 'has units 512 instead of 128'],
    [
      'MaxPool_3a_3x3',
      'class',
      (layer) => (layer.class_name = 'AveragePooling2D'),
      'is a AveragePooling2D instead of a MaxPooling2D',
    ],
    ['Mixed_6a', 'name', (layer) => (layer.config.name = 'Mixed_6b'), 'is missing'],
    [
      'input_1',
      'input',
      (layer) => (layer.config.batch_input_shape = [null, 224, 224, 3]),
      'takes [null,224,224,3] instead of [null,160,160,3]',
    ],
    [
      'add_1',
      'further layers',
      (layer) => (layer.class_name = 'Multiply'),
      '(Multiply) does not belong to the network',
    ],
  ])('rejects %s with another %s', (name, _, change, problem) => {
    const json = kerasModelJson(network, (layer) => {
      if (layer.config.name === name) change(layer);
    });
    expect(check(json)).toThrow(
      expect.objectContaining({
        code: 'KERAS_ARCHITECTURE_MISMATCH',
        message: `model.json describes another network than FaceNet: layer ${name} ${problem}`,
      }),
    );
  });

  it('ignores the code of a Lambda', () => {
    const json = kerasModelJson(network, (layer) => {
      if (layer.class_name === 'Lambda') layer.config.function = ['4wEAAAAA'.repeat(1000), null];
    });
    expect(check(json)).not.toThrow();
  });

  it.each([
    '',
    '{',
    '[]',
    '{"class_name": "Sequential", "config": [{}]}',
    '{"config": {"layers": 3}}',
  ])('rejects %j, which is not a functional model', (json) => {
    expect(check(json)).toThrow(expect.objectContaining({ code: 'KERAS_FILE_INVALID' }));
  });
});
