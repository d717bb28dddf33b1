import { seededRandom } from '../../test/support/vector-records.js';
import { type Installation } from './installation.js';

/** Images that workers hold at the moment that the scaler looks, which `work` counts. */
export class InHand {
  private readonly random = seededRandom(1);

  constructor(private readonly installation: Installation) {}

  /** @param taken within the last second @param waiting images that nobody has taken */
  count(working: number, taken: number, waiting: number): number {
    const { inHand, secondsInHand } = this.installation;
    const room = working * inHand;
    if (waiting > 0) return room;
    // Each came at some moment of that second; a chance and no mean, so that a quiet queue is empty at times.
    let held = 0;
    for (let image = 0; image < taken && held < room; image++) {
      if (this.random() < secondsInHand) held++;
    }
    return held;
  }
}
