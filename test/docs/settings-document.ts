import { z } from 'zod';
import { webhookSchema } from '../../apps/matcher/src/events/webhook.config.js';
import { cliConfigSchema } from '../../apps/cli/src/cli.config.js';
import { SERVICE_NAMES, SERVICE_SCHEMAS } from '../deploy/support/service-settings.js';

/** JSON Schema of one setting or field. */
const settingSchema = z.object({
  description: z.string(),
  default: z.union([z.string(), z.number()]).optional(),
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
});
export interface Setting extends z.output<typeof settingSchema> {
  readonly required: boolean;
  readonly examples: readonly string[];
}

const metadataSchema = z.object({ examples: z.array(z.string()).default([]) });

/** Settings by name. @throws ZodError for a setting without a description */
export function settingsIn(schema: z.ZodObject): ReadonlyMap<string, Setting> {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  });
  return new Map(
    Object.entries(properties).map(([name, property]) => {
      const parsed = settingSchema.safeParse(property);
      if (!parsed.success) {
        throw new Error(`describe the setting ${name}: ${z.prettifyError(parsed.error)}`);
      }
      // JSON Schema leaves the examples of a transformed setting out.
      const { examples } = metadataSchema.parse(z.globalRegistry.get(schema.shape[name]) ?? {});
      return [name, { ...parsed.data, required: required.includes(name), examples }];
    }),
  );
}

const SERVICES = SERVICE_NAMES.map((name) => ({
  name,
  settings: settingsIn(SERVICE_SCHEMAS[name]),
}));
const COMMAND_LINE = settingsIn(cliConfigSchema);

/** docs/settings.md, before the formatter. */
export function settingsDocument(): string {
  const [first, ...others] = SERVICES;
  const common = [...first!.settings].filter(([name, setting]) =>
    others.every(({ settings }) => isSame(settings.get(name), setting)),
  );
  const inAll = new Set(common.map(([name]) => name));
  const own = (service: (typeof SERVICES)[number]) =>
    [...service.settings]
      .filter(([name]) => !inAll.has(name))
      .map(([name, setting]) => row(name, setting, sharedWith(service.name, name, setting)));

  return `# Settings

<!-- Written by npm run generate:settings from the schemas in the code. Do not edit. -->

A setting is an environment variable. An empty variable counts as not set. A service checks all its settings when it starts and stops with \`CONFIG_INVALID\` and a list of all problems if one is invalid.

\`npm run demo\` and \`npm run sightline -- up\` start the three services, set \`HOST\`, \`PORT\`, \`INSTANCE_ID\`, \`REDIS_URL\`, \`STORES\`, \`STORES_FILE\`, \`VECTORS_DIR\` and \`RETURN_TO_GALLERY\` for them, and pass on every other variable of their own environment. Docker Compose takes its values from \`.env\`, Kubernetes from \`k8s/base/settings\` and from your overlay.

- [All services](#all-services)
- ${SERVICES.map(({ name }) => `[${title(name)}](#${name})`).join(', ')}
- [Command line](#command-line)
- [Formats with examples](#formats-with-examples)
- [Webhooks](#webhooks)
- [Variables of other libraries](#variables-of-other-libraries)

## All services

${table(common.map(([name, setting]) => row(name, setting)))}

${SERVICES.map((service) => `## ${title(service.name)}\n\n${table(own(service))}`).join('\n\n')}

## Command line

${table([...COMMAND_LINE].map(([name, setting]) => row(name, setting)))}

## Formats with examples

${examples(SERVICES.flatMap(({ settings }) => [...settings]))}

${WEBHOOKS_TEXT}

${OTHERS_TEXT}`;
}

/** Other services that have the same setting. */
function sharedWith(service: string, name: string, setting: Setting): string {
  const others = SERVICES.filter(
    (other) => other.name !== service && isSame(other.settings.get(name), setting),
  );
  return others.length === 0 ? '' : `_Also: ${others.map((other) => other.name).join(', ')}._`;
}

function isSame(one: Setting | undefined, other: Setting): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function table(rows: readonly string[]): string {
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function row(name: string, setting: Setting, note = ''): string {
  const meaning = [setting.description, allowed(setting), note].filter((part) => part !== '');
  const cells = [`\`${name}\``, defaultOf(setting), meaning.join(' ')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function defaultOf(setting: Setting): string {
  if (setting.required) return 'required';
  return setting.default === undefined || setting.default === ''
    ? 'not set'
    : `\`${setting.default}\``;
}

/** The values that the schema accepts, where it limits them in a way that a reader needs. */
function allowed(setting: Setting): string {
  const { minimum, maximum = Infinity, exclusiveMinimum } = setting;
  if (setting.enum) return `Values: ${setting.enum.map((value) => `\`${value}\``).join(', ')}.`;
  if (setting.type !== 'integer' && setting.type !== 'number') return '';
  const most = maximum < Number.MAX_SAFE_INTEGER ? String(maximum) : null;
  if (setting.type === 'number' && exclusiveMinimum !== undefined && most !== null) {
    return `Above ${exclusiveMinimum}, at most ${most}.`;
  }
  const least = minimum ?? (exclusiveMinimum === undefined ? 0 : exclusiveMinimum + 1);
  if (most !== null) return `${least} to ${most}.`;
  return least > 1 ? `At least ${least}.` : '';
}

function examples(settings: readonly (readonly [string, Setting])[]): string {
  const byName = new Map(settings.map(([name, setting]) => [name, setting.examples]));
  const lines = [...byName].flatMap(([name, values]) =>
    values.map((value) => `${name}='${value}'`),
  );
  return ['```sh', ...lines, '```'].join('\n');
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function fieldTable(schema: z.ZodObject): string {
  const rows = [...settingsIn(schema)].map(
    ([name, field]) => `| \`${name}\` | ${field.required ? 'yes' : 'no'} | ${field.description} |`,
  );
  return ['| field | required | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

const WEBHOOKS_TEXT = `## Webhooks

\`WEBHOOKS\` of the matcher is a JSON array with one object per endpoint:

${fieldTable(webhookSchema)}

Event types are \`io.sightline.face.matched.v1\` (the face is a known person) and \`io.sightline.face.unknown.v1\` (it is not). To make a secret: \`echo "whsec_$(openssl rand -base64 32)"\`.

Each event is one POST with a CloudEvents 1.0 JSON body and the headers of [Standard Webhooks](https://www.standardwebhooks.com): \`webhook-id\`, \`webhook-timestamp\` and \`webhook-signature\` (HMAC-SHA256 of \`ID.TIMESTAMP.BODY\` with the decoded secret). The libraries of Standard Webhooks verify them.

- **Success** is a 2xx status within \`WEBHOOK_TIMEOUT_MS\`. The body of the answer is not read.
- **Everything else is retried**: other statuses, redirects (they are not followed), timeouts, connection errors. With the defaults, 12 attempts take 1.4 to 2.8 hours. **410 Gone** ends the delivery at once.
- **After the last attempt** the delivery is a dead letter. Repair the endpoint, then \`npm run sightline -- dlq replay --code WEBHOOK_FAILED\`.
- **At least once**: the same event can arrive twice with the same \`webhook-id\`, so ignore repeated ids. Each matcher has up to 8 deliveries in progress per webhook, so events can arrive in another order.
- **A new webhook** receives the events from its first start on, not older ones. Each webhook has its own position and its own queue, so a slow endpoint does not delay another. An endpoint that is unavailable until more than \`EVENT_STREAM_LENGTH\` newer events exist loses the oldest ones; this is logged as \`EVENTS_MISSED\`.
- **With tracing on**, the header \`traceparent\` continues the trace of the image.`;

const OTHERS_TEXT = `## Variables of other libraries

| variable | read by | meaning |
| --- | --- | --- |
| \`OTEL_EXPORTER_OTLP_ENDPOINT\`, \`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT\` | OpenTelemetry | Collector that accepts OTLP over HTTP, such as \`http://collector:4318\`. Without either there is no tracing. \`ALLOW_INTERNAL_ADDRESSES\` does not apply to it. |
| \`OTEL_SDK_DISABLED\` | OpenTelemetry | \`true\` switches tracing off. |
| \`OTEL_SERVICE_NAME\` | OpenTelemetry | Name of the service in traces instead of \`ingest\`, \`embedder\` or \`matcher\`. |
| \`OTEL_TRACES_SAMPLER\`, \`OTEL_TRACES_SAMPLER_ARG\` | OpenTelemetry | Share of images that is traced: \`parentbased_traceidratio\` and \`0.01\` trace one in a hundred. |
| \`OTEL_EXPORTER_OTLP_HEADERS\`, \`OTEL_BSP_*\` | OpenTelemetry | As in OpenTelemetry's documentation. |
| \`AWS_ACCESS_KEY_ID\`, \`AWS_SECRET_ACCESS_KEY\`, \`AWS_REGION\` and others | AWS SDK | Credentials and region of \`s3://\` stores, by the default chain of the SDK (environment, profile, instance or pod role). |
| \`MALLOC_ARENA_MAX\` | glibc | \`2\` saves about 130 MiB per embedder; \`up\`, Docker and Kubernetes set it ([soak.md](soak.md)). |
| \`CUDA_VISIBLE_DEVICES\` | CUDA | GPUs that the process can see. |
`;
