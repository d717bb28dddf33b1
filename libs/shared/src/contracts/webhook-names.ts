const GROUP_PREFIX = 'webhook:';

/** Queue of the deliveries to one webhook. */
export function deliverWebhookQueue(hook: string): string {
  return `deliver-webhook-${hook}`;
}

/** Consumer group in which a webhook reads the stream of match events. */
export function webhookGroupName(hook: string): string {
  return `${GROUP_PREFIX}${hook}`;
}

/** The webhook of a consumer group, null for a group that is none's. */
export function webhookOfGroup(group: string): string | null {
  return group.startsWith(GROUP_PREFIX) ? group.slice(GROUP_PREFIX.length) : null;
}
