import { Controller, Res } from '@nestjs/common';
import { type Response } from 'express';
import { metricsHttp } from '../../contracts/http/health.http.js';
import { Route } from '../http/route.js';
import { registry } from './metrics.js';

@Controller()
export class MetricsController {
  @Route(metricsHttp.read)
  read(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.setHeader('content-type', registry.contentType);
    return registry.metrics();
  }
}
