import { Controller, Get, Res } from '@nestjs/common';
import { type Response } from 'express';
import { ForMetrics } from '../http/access.js';
import { registry } from './metrics.js';

@ForMetrics()
@Controller('metrics')
export class MetricsController {
  @Get()
  read(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.setHeader('content-type', registry.contentType);
    return registry.metrics();
  }
}
