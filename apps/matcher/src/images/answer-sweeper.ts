import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { type ContractProducer } from '#shared/queue/contract-producer.js';
import { EMBED_IMAGES } from '../tokens.js';

const EVERY_MS = 60_000;
/** Whoever asked has the answer by then, or has gone. */
const KEPT_MS = 60_000;

/** Removes the embedder's answers to queries from its queue: faces of people who only asked. */
@Injectable()
export class AnswerSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('images');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(EMBED_IMAGES) private readonly embedder: ContractProducer<unknown, unknown>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    try {
      await this.embedder.forgetFinished(KEPT_MS);
    } catch (error) {
      this.logger.warn(`answers cannot be swept now: ${String(error)}`);
    }
  }
}
