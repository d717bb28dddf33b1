import { type Engine } from './engine.port.js';
import { type NetworkSetup } from './inference-messages.js';
import { OnnxEngine } from './onnx-engine.js';
import { TensorflowEngine } from './tensorflow-engine.js';

/**
 * Loads a network with the engine that its artifact is for.
 * @param intraOp threads that one run of ONNX Runtime spreads over; TensorFlow decides that itself
 */
export function openEngine(
  { artifact, input, device }: NetworkSetup,
  intraOp: number,
): Promise<Engine> {
  return artifact.format === 'onnx'
    ? OnnxEngine.open(artifact, input, device, intraOp)
    : TensorflowEngine.open(artifact, input, device);
}
