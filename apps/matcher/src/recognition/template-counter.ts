import { Inject, Injectable } from '@nestjs/common';
import { CoalescingBatcher } from '../batching/coalescing-batcher.js';
import { VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';

interface Question {
  readonly tenant: string;
  readonly personId: string;
}

const MAX_BATCH = 256;

/** How many templates people have; questions of concurrent callers go to the store together. */
@Injectable()
export class TemplateCounter {
  private readonly questions: CoalescingBatcher<Question, number>;

  constructor(@Inject(VECTOR_STORE) private readonly store: VectorStore) {
    this.questions = new CoalescingBatcher((questions) => this.ask(questions), MAX_BATCH);
  }

  count(tenant: string, personId: string): Promise<number> {
    return this.questions.add({ tenant, personId });
  }

  private async ask(questions: readonly Question[]): Promise<number[]> {
    const counts = new Map<string, ReadonlyMap<string, number>>();
    for (const tenant of new Set(questions.map((question) => question.tenant))) {
      const mine = questions.filter((question) => question.tenant === tenant);
      const ids = [...new Set(mine.map(({ personId }) => personId))];
      counts.set(tenant, await this.store.countTemplates(tenant, ids));
    }
    return questions.map(({ tenant, personId }) => counts.get(tenant)?.get(personId) ?? 0);
  }
}
