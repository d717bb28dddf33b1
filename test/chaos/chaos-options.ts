import { parseArgs } from 'node:util';
import { z } from 'zod';

const count = z.coerce.number().int().positive();

const optionsSchema = z.object({
  seed: z.coerce.number().int().nonnegative(),
  rounds: count.default(1),
  /** Kills in each round. */
  kills: count.default(25),
  others: z.coerce.number().int().nonnegative().optional(),
  images: z.string().nullable().default(null),
  copies: count.default(8),
  vectorStore: z.enum(['embedded', 'qdrant']).default('qdrant'),
  store: z.enum(['folder', 's3']).default('s3'),
  lockMs: z.coerce.number().int().min(1_000).default(2_000),
});
export interface ChaosOptions extends z.output<typeof optionsSchema> {
  readonly others: number;
}

/** @throws Error with the name of an invalid option */
export function parseOptions(args: readonly string[], randomSeed: number): ChaosOptions {
  const names = ['seed', 'rounds', 'kills', 'others', 'images', 'copies', 'store'];
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      [...names, 'vector-store', 'lock-ms'].map((name) => [name, { type: 'string' as const }]),
    ),
  });
  const parsed = optionsSchema.safeParse({
    seed: randomSeed,
    ...values,
    vectorStore: values['vector-store'],
    lockMs: values['lock-ms'],
  });
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return { ...parsed.data, others: parsed.data.others ?? parsed.data.kills };
}
