import { InferenceSession, Tensor } from 'onnxruntime-node';
import { DeviceProof } from '#vision/inference/onnx-devices.js';

// Runs a network on the CPU with the runtime's profiler, and reports whether the profile proves the given device.
const [file, device, ...dims] = process.argv.slice(2);
const proof = await DeviceProof.prepare();
try {
  const session = await InferenceSession.create(file!, proof.sessionOptions);
  const shape = dims.map(Number);
  const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
  const input = { [session.inputNames[0]!]: new Tensor('float32', values, shape) };
  for (let i = 0; i < 2; i++) await session.run(input);
  session.endProfiling();
  const answer = await proof.verify(device as 'cpu' | 'cuda').catch((error: unknown) => error);
  process.send!(answer instanceof Error ? { refused: answer.message } : { found: answer });
} finally {
  await proof.remove();
}
