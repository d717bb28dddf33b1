import { Controller, Get, Header } from '@nestjs/common';
import { Registry } from 'prom-client';
import { registry } from './registry.js';

/** For Prometheus. */
@Controller('metrics')
export class MetricsController {
  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  read(): Promise<string> {
    return registry.metrics();
  }
}
