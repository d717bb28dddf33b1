import { BoundedLabel } from './bounded-label.js';

/** METRICS_TENANTS where nothing is set. */
export const DEFAULT_TENANT_SERIES = 20;

/** The label `tenant` of every metric of this process. */
export const tenantLabel = new BoundedLabel(DEFAULT_TENANT_SERIES);
