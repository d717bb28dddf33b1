import { Controller, Get } from '@nestjs/common';
import { ForMetrics } from '#shared/platform/http/access.js';
import { PipelineLoad, type StageWork } from './pipeline-load.js';

/** What KEDA scales the stages by. */
@ForMetrics()
@Controller('metrics/scaling')
export class ScalingController {
  constructor(private readonly load: PipelineLoad) {}

  @Get()
  async read(): Promise<Readonly<Record<'embedImage' | 'matchFaces', StageWork>>> {
    const { embedImage, matchFaces } = await this.load.read();
    return { embedImage: workAlone(embedImage), matchFaces: workAlone(matchFaces) };
  }
}

function workAlone({ work, oldestAgeSeconds }: StageWork): StageWork {
  return { work, oldestAgeSeconds };
}
