import { Controller } from '@nestjs/common';
import { scalingHttp, type StageWork } from '#shared/contracts/http/scaling.http.js';
import { Route } from '#shared/platform/http/route.js';
import { PipelineLoad } from './pipeline-load.js';

/** The load that KEDA scales the stages by. */
@Controller()
export class ScalingController {
  constructor(private readonly load: PipelineLoad) {}

  @Route(scalingHttp.read)
  async read(): Promise<Readonly<Record<'embedImage' | 'matchFaces', StageWork>>> {
    const { embedImage, matchFaces } = await this.load.read();
    return { embedImage, matchFaces };
  }
}
