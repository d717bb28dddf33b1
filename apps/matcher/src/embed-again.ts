import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { type AddedJob } from '#shared/queue/job-evidence.js';
import { jobName, jobOptions } from '#shared/queue/job-options.js';

/** The job that an image's faces came from. */
export function embedAgain(payload: MatchFacesPayload): AddedJob {
  const { tenant, image, source, lane, space, observedAt } = payload;
  const data: EmbedImagePayload = { v: 1, tenant, image, source, lane, space, observedAt };
  const { queue } = embedImageContract;
  const name = jobName(embedImageContract);
  const id = embedImageContract.jobId(data);
  return { queue, name, id, data, opts: jobOptions(embedImageContract, data) };
}
