import { type Outcome } from '#shared/contracts/outcome.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import {
  generatedEvent,
  generatedId,
  generatedImage,
  generatedLetter,
} from './generated-images.js';

const PAGE = 1_000;
const ERROR = new PipelineError('IMAGE_UNREADABLE', 'VipsJpeg: premature end of JPEG image', {
  stage: 'decode',
  class: 'quarantine',
});

/** Claims generated images for an import and finishes them all alike; each that is named has one event. */
export async function fillLedger(
  ledger: OutcomeLedger,
  importId: string,
  from: number,
  to: number,
  outcome: Outcome,
): Promise<void> {
  await inPages(from, to, async (indexes) => {
    await ledger.claim(importId, indexes.map(generatedId));
    const finished = indexes.map((index) =>
      ledger.finish({
        imageId: generatedId(index),
        tenant: 'default',
        key: generatedImage(index).key,
        outcome,
        ...(outcome === 'refused' && { error: ERROR, letter: generatedLetter(index, ERROR) }),
        faces: 0,
        events: outcome === 'named' ? [generatedEvent(index)] : [],
      }),
    );
    await Promise.all(finished);
  });
}

export async function inPages(
  from: number,
  to: number,
  work: (indexes: readonly number[]) => Promise<unknown>,
): Promise<void> {
  for (let start = from; start < to; start += PAGE) {
    await work(Array.from({ length: Math.min(PAGE, to - start) }, (_, i) => start + i));
  }
}
