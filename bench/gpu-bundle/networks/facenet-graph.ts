import { type OnnxGraph } from '../../../apps/cli/src/models/onnx/encode-onnx.js';
import { foldNetwork } from '../../../apps/cli/src/models/facenet/fold-network.js';
import { inceptionResnetV1 } from '../../../apps/cli/src/models/facenet/inception-resnet-v1.js';
import { onnxGraph } from '../../../apps/cli/src/models/facenet/write-onnx.js';
import { generatedWeights } from './generated-weights.js';

/** FaceNet-512: what is measured. */
export const FACENET = inceptionResnetV1(512);

/** FaceNet-512 with generated weights, as the importer writes it. */
export function facenetGraph(): OnnxGraph {
  return onnxGraph(foldNetwork(FACENET, generatedWeights(FACENET)));
}
