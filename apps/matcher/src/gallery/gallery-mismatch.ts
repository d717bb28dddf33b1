import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** In the place of a space: enrolled before spaces were recorded, and not in the one in use. */
export const UNRECORDED = '?';

/** A tenant's gallery, as something that jobs need to be of the matcher's space. */
export function galleryOf(tenant: string): string {
  return `the gallery of ${tenant}`;
}

/**
 * The gallery is of another model space than this matcher: it knows nobody, so it must not decide.
 * Jobs wait, callers get 409.
 */
export function galleryMismatch(
  tenant: string,
  gallery: string,
  space: string,
  pack: string,
): PipelineError {
  const of = gallery === UNRECORDED ? 'another model space' : `model space ${gallery}`;
  return new PipelineError(
    'GALLERY_SPACE_MISMATCH',
    `people were enrolled in ${of}, this matcher works in ${space} and would recognise nobody; embed their photographs again with: npm run sightline -- models use ${pack} --rebuild (or use the pack of before)`,
    {
      ...{ stage: 'match', class: 'wait', dependency: galleryOf(tenant), httpStatus: 409 },
      details: { gallery: gallery === UNRECORDED ? null : gallery, space },
    },
  );
}
