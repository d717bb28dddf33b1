import { runFaceApi } from '../rivals/face-api-wasm.js';
import { runBatchedPath, runPlainLoop } from './raw-model-path.js';

/** Child process of a bench: runs one contender over the files it is sent, alone on the machine. */
const CONTENDERS = { 'face-api': runFaceApi, loop: runPlainLoop, batched: runBatchedPath };

process.once('message', (message: { name: keyof typeof CONTENDERS; files: string[] }) => {
  CONTENDERS[message.name](message.files).then(
    (result) => process.send!(result, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
