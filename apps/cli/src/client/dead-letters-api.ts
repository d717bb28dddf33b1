import { type ApiClient } from './api-client.js';
import {
  deadLetterCountsSchema,
  deadLetterDetailsSchema,
  deadLetterPageSchema,
  dropSummarySchema,
  replaySummarySchema,
  type DeadLetter,
  type DeadLetterCounts,
  type DeadLetterDetails,
  type ReplaySummary,
} from './dead-letter-schemas.js';
import { pages } from './pages.js';

const PATH = '/v1/dead-letters';

/** Which letters: `code`, `stage`, `import`, `from` and so on; none of it is all. */
export type DeadLetterFilter = Readonly<Record<string, string>>;

export class DeadLettersApi {
  constructor(private readonly client: ApiClient) {}

  /** Newest first. */
  list(filter: DeadLetterFilter): AsyncGenerator<DeadLetter> {
    return pages(async (query) => {
      const page = await this.client.get(`${PATH}?${query}`, deadLetterPageSchema);
      return { items: page.letters, cursor: page.cursor };
    }, filter);
  }

  counts(): Promise<DeadLetterCounts> {
    return this.client.get(`${PATH}/counts`, deadLetterCountsSchema);
  }

  read(id: string): Promise<DeadLetterDetails> {
    return this.client.get(`${PATH}/${encodeURIComponent(id)}`, deadLetterDetailsSchema);
  }

  replay(filter: DeadLetterFilter): Promise<ReplaySummary> {
    return this.client.post(`${PATH}/replay`, selection(filter), replaySummarySchema);
  }

  async drop(filter: DeadLetterFilter): Promise<number> {
    return (await this.client.post(`${PATH}/drop`, selection(filter), dropSummarySchema)).dropped;
  }
}

function selection(filter: DeadLetterFilter) {
  return Object.keys(filter).length === 0 ? { all: true } : filter;
}
