import { type NetworkInput } from '#shared/models/manifest.js';

/** As TensorFlow lays pictures out, for both artifacts: the ONNX graph transposes by itself. */
export const FACENET_INPUT: NetworkInput = {
  ...{ width: 160, height: 160, channels: 'rgb', layout: 'nhwc' },
  ...{ mean: 127.5, std: 128 },
};
