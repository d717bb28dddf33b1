import { Module } from '@nestjs/common';
import { DeadLetterReplay } from './dead-letter-replay.js';
import { DeadLetterRepository } from './dead-letter-repository.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeadLettersService } from './dead-letters.service.js';

/** Dead letters of all stages: shown, replayed and dropped. */
@Module({
  controllers: [DeadLettersController],
  providers: [DeadLetterRepository, DeadLetterReplay, DeadLettersService],
})
export class DeadLettersModule {}
