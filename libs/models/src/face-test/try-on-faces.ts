/** The face test of a pack that a user imports. */
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { assertChannelOrder, CHANNELS_WRONG } from './channel-order.js';
import {
  describeSeparation,
  type FaceTestPlaces,
  measureFaces,
  separationOf,
  tellsFacesApart,
} from './face-test.js';

/**
 * Runs the face test on an imported pack and describes the result. A bad result is only a warning,
 * because the user decides about their own network; often the settings of its input are wrong.
 * @throws PipelineError MODEL_CHANNELS_WRONG
 */
export async function tryOnFaces(name: string, places: FaceTestPlaces): Promise<string> {
  try {
    const measured = await measureFaces(name, places);
    const separation = separationOf(measured.same, measured.strangers);
    const words = describeSeparation(separation);
    if (!tellsFacesApart(separation)) {
      return `WARNING: face test: it does not tell people apart (${words}); check that it was trained on faces, and with this size, channels, layout, mean, std and alignment`;
    }
    await assertChannelOrder(name, places, measured);
    return `face test: ${words}`;
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code === CHANNELS_WRONG) throw error;
    return `face test not run: ${error.code}: ${error.message}`;
  }
}
