import { z } from 'zod';
import { MatchFacesService } from '../../apps/matcher/src/sightings/match-faces.service.js';
import { writeWork } from './work-log.js';

/** Preloaded into a matcher with NODE_OPTIONS. Records the images that the matcher has matched. */
const { WORK_LOG_DIR } = z.object({ WORK_LOG_DIR: z.string() }).parse(process.env);

const handle = MatchFacesService.prototype.handle;
MatchFacesService.prototype.handle = async function (this: MatchFacesService, payload) {
  const result = await handle.call(this, payload);
  writeWork(WORK_LOG_DIR, 'matched', [payload.imageId]);
  return result;
};
