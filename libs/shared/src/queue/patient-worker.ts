import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, type Job } from 'bullmq';
import { redisTrouble } from '../contracts/redis-trouble.js';

/** How long a Redis is left alone that has just refused to hand out a job, milliseconds. */
const REST_MS = 2_000;

/** BullMQ's own asks again at once, thousands of times a second, while Redis is full or still loading. */
export class PatientWorker extends Worker {
  protected override async moveToActive(token: string, name?: string): Promise<Job> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      if (redisTrouble(error)) await sleep(REST_MS);
      throw error;
    }
  }
}
