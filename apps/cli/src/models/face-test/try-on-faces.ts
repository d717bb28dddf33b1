import { PipelineError } from '#shared/contracts/pipeline-error.js';
import {
  describeSeparation,
  runFaceTest,
  tellsFacesApart,
  type FaceTestPlaces,
} from './face-test.js';

/**
 * How an imported pack does on photographs of known people, in words. A pack that the user brings is
 * theirs to judge; what it was told about its input may be wrong.
 */
export async function tryOnFaces(name: string, places: FaceTestPlaces): Promise<string> {
  try {
    const separation = await runFaceTest(name, places);
    const words = describeSeparation(separation);
    return tellsFacesApart(separation)
      ? `tried on faces: ${words}`
      : `WARNING: it does not tell people apart (${words}); is it trained on faces, and are size, channels, layout, mean, std and alignment those it was trained with?`;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return `not tried on faces: ${error.code}: ${error.message}`;
  }
}
