import { parse } from 'yaml';
import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const duration = z.string().regex(/^(\d+(h|m|s))+$/);

const mountSchema = z.strictObject({
  type: z.enum(['volume', 'bind']),
  source: z.string(),
  target: z.string().startsWith('/'),
  read_only: z.boolean().default(false),
  bind: z.strictObject({ create_host_path: z.boolean() }).optional(),
});

const healthcheckSchema = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
    interval: duration,
    timeout: duration,
    retries: z.number().int(),
    start_period: duration.optional(),
  }),
]);

const serviceSchema = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), target: z.string() }).optional(),
  profiles: z.array(z.string()).default([]),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), scalar.transform(String)).default({}),
  user: z.string().optional(),
  init: z.boolean().default(false),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
  networks: z.array(z.string()).default([]),
  network_mode: z.literal('none').optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(mountSchema).default([]),
  healthcheck: healthcheckSchema.optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({
        condition: z.enum(['service_healthy', 'service_completed_successfully']),
      }),
    )
    .default({}),
  stop_grace_period: duration.optional(),
  deploy: z
    .strictObject({
      resources: z.strictObject({
        limits: z.strictObject({ cpus: z.string(), memory: z.string() }),
        reservations: z
          .strictObject({
            devices: z.array(
              z.strictObject({
                driver: z.string(),
                count: z.number(),
                capabilities: z.array(z.string()),
              }),
            ),
          })
          .optional(),
      }),
    })
    .optional(),
});
export type ComposeService = z.output<typeof serviceSchema>;

/** The keys of the Compose specification that the project uses. Any other key is rejected, so that typing errors are found. */
const composeSchema = z
  .looseObject({
    name: z.string(),
    services: z.record(z.string(), serviceSchema),
    networks: z.record(z.string(), z.strictObject({ internal: z.boolean().default(false) })),
    volumes: z.record(z.string(), z.strictObject({})),
  })
  .refine((file) => Object.keys(file).every((key) => KEYS.includes(key) || key.startsWith('x-')));
const KEYS = ['name', 'services', 'networks', 'volumes'];
export type ComposeFile = z.output<typeof composeSchema>;

/** @param variables the variables of .env */
export function parseComposeFile(
  text: string,
  variables: Readonly<Record<string, string>>,
): ComposeFile {
  return composeSchema.parse(interpolate(parse(text, { merge: true }), variables));
}

type Variables = Readonly<Record<string, string>>;

/**
 * Replaces variables in the strings of a parsed compose file as Docker Compose does: `${NAME}`,
 * `${NAME:-default}`, `${NAME:?why it is needed}`; `$$` is a dollar sign.
 * @throws Error when a required variable is not set
 */
function interpolate(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return interpolateText(value, variables);
  if (Array.isArray(value)) return value.map((item) => interpolate(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, variables)]),
  );
}

function interpolateText(text: string, variables: Variables): string {
  return text.replaceAll(
    /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (
      _whole,
      name: string | undefined,
      operator: string | undefined,
      rest: string | undefined = '',
    ) => {
      if (name === undefined) return '$';
      const value = variables[name] ?? '';
      if (value !== '') return value;
      if (operator === '?') throw new Error(`${name} is not set: ${rest}`);
      return operator === '-' ? rest : '';
    },
  );
}
