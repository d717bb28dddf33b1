import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { ImportsModule } from '../imports/imports.module.js';
import { CameraEventsController } from './camera-events.controller.js';
import { CameraEventsService } from './camera-events.service.js';

/** Snapshots of cameras, admitted ahead of any archive. */
@Module({
  imports: [AdmissionModule, ImportsModule],
  controllers: [CameraEventsController],
  providers: [CameraEventsService],
})
export class CamerasModule {}
