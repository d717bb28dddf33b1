import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LauncherMessage } from '#shared/contracts/launcher-message.js';
import { type PipelineError, usageError } from '#shared/contracts/pipeline-error.js';
import { type ProcessIdentity } from '#shared/platform/runtime/process-identity.js';
import { Child, type ChildCommand } from './child.js';
import { type LogFile } from './log-file.js';
import {
  describeReadiness,
  type FailingCheck,
  readReadiness,
  type ServiceReadiness,
} from './readiness.js';
import { Supervisor } from './supervisor.js';

const READY_TIMEOUT_MS = 180_000;
const READY_POLL_MS = 50;
/** Longer than SHUTDOWN_TIMEOUT_MS of the services. */
const STOP_TIMEOUT_MS = 35_000;
/** The matcher's readiness check that the gallery is of the model space in use. */
const GALLERY_CHECK = 'gallery';

interface ServiceOptions {
  readonly name: string;
  /** Id of the installation; the service gets it too. */
  readonly instance: string;
  /** Address that the service listens on. */
  readonly host: string;
  /** Port that the service gets first. */
  readonly port: number;
  /** True if the user chose the port. Otherwise the service gets another one if it is taken. */
  readonly portIsFixed: boolean;
  readonly command: Pick<ChildCommand, 'program' | 'args' | 'env'>;
  readonly log: LogFile;
  /** Gets a message for the user about each crash and restart. */
  readonly report: (message: string) => void;
  /** Called when the service has another process or another port. */
  readonly onChange: () => void;
  /** Called when the service could not be restarted. */
  readonly onGivenUp: (error: PipelineError) => void;
  /** True to rebuild the gallery: the service may start on a gallery of another model space. */
  readonly forRebuild?: boolean;
}

/** A service that runs as a child process and is restarted after a crash. */
export class Service {
  private readonly supervisor: Supervisor;
  /** Port that the next process gets; 0 lets the system choose. */
  private wanted: number;
  /** Port that the current process has bound. */
  private bound: number | null = null;
  /** Port of the last process that bound one. */
  private lastBound: number | null = null;
  private failure: Extract<LauncherMessage, { kind: 'failed' }> | null = null;

  constructor(private readonly options: ServiceOptions) {
    this.wanted = options.port;
    this.supervisor = new Supervisor({
      name: options.name,
      log: options.log,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      spawn: () => this.spawn(),
      hasWorked: () => this.bound !== null,
      report: options.report,
      onProcessChange: options.onChange,
      onGivenUp: options.onGivenUp,
    });
  }

  get name(): string {
    return this.options.name;
  }

  /** The current process, or null if none runs. */
  get identity(): ProcessIdentity | null {
    return this.supervisor.identity;
  }

  /** Address of the port that the service has bound last; before the first time, of the port that it tries first. */
  get url(): string {
    const { host } = this.options;
    const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return `http://${isIPv6(address) ? `[${address}]` : address}:${this.lastBound ?? this.wanted}`;
  }

  /**
   * Resolves when the service is ready. A later crash is reported, and the service is restarted.
   * @throws PipelineError the error that the service reports, SERVICE_FAILED with the last log lines,
   * GALLERY_SPACE_MISMATCH
   */
  async start(): Promise<void> {
    let child = await this.supervisor.start();
    while (!(await this.becomesReady(child))) child = await this.supervisor.start();
    this.supervisor.keepRunning();
  }

  stop(): Promise<void> {
    return this.supervisor.stop();
  }

  /** Null until the service has bound its port. */
  async readiness(): Promise<ServiceReadiness | null> {
    if (this.bound === null) return null;
    return readReadiness(this.url, this.options.instance);
  }

  private spawn(): Promise<Child> {
    const { command, log, host, instance } = this.options;
    if (this.failure?.code === 'PORT_TAKEN' && !this.options.portIsFixed) this.wanted = 0;
    this.bound = null;
    this.failure = null;
    const env = { ...command.env, HOST: host, PORT: String(this.wanted), INSTANCE_ID: instance };
    return Child.start({ ...command, env, onMessage: (message) => this.receive(message) }, log);
  }

  private receive(message: LauncherMessage): void {
    if (message.kind === 'failed') {
      this.failure = message;
      return;
    }
    if (message.instance !== this.options.instance) return;
    const moved = this.lastBound !== null && this.lastBound !== message.port;
    this.bound = message.port;
    this.lastBound = message.port;
    // A restart takes the same port, so that addresses stay valid.
    this.wanted = message.port;
    if (!moved) return;
    this.options.report(`${this.name} is now at ${this.url}`);
    this.options.onChange();
  }

  /** @returns false if the service ended because its port is taken, and may have another one */
  private async becomesReady(child: Child): Promise<boolean> {
    const { name, log } = this.options;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const readiness = await this.readiness();
      if (readiness && this.isReadyEnough(readiness) && child.running) return true;
      if (!child.running) {
        await child.exited;
        if (this.mayMove()) return false;
        throw this.startFailed();
      }
      const lasting = lastingProblem(readiness);
      if (lasting) {
        const { code = 'SERVICE_FAILED', reason } = lasting;
        throw usageError(code, `${name} cannot work: ${reason}`);
      }
      if (Date.now() > deadline) {
        const state = readiness ? describeReadiness(readiness) : 'it has not bound its port';
        const seconds = READY_TIMEOUT_MS / 1_000;
        throw usageError(
          'SERVICE_FAILED',
          `${name} is not ready after ${seconds} s (${state}); see ${log.file}`,
        );
      }
      await sleep(READY_POLL_MS);
    }
  }

  private mayMove(): boolean {
    const { failure, wanted, supervisor } = this;
    if (supervisor.isStopping || this.options.portIsFixed) return false;
    return failure?.code === 'PORT_TAKEN' && wanted !== 0;
  }

  private startFailed(): PipelineError {
    const { name, log } = this.options;
    if (this.failure) return usageError(this.failure.code, `${name}: ${this.failure.message}`);
    return usageError('SERVICE_FAILED', `${name} did not start; its log says:\n${log.tail()}`);
  }

  /** @throws PipelineError GALLERY_SPACE_MISMATCH, because waiting does not fix it */
  private isReadyEnough(readiness: ServiceReadiness): boolean {
    if (readiness.state !== 'not-ready') return readiness.state === 'ready';
    const [problem, ...others] = readiness.failing;
    if (problem?.name !== GALLERY_CHECK || others.length > 0) return false;
    if (this.options.forRebuild) return true;
    throw usageError('GALLERY_SPACE_MISMATCH', problem.reason);
  }
}

/** A gallery of another space is left out: it can be rebuilt while the service runs. */
function lastingProblem(readiness: ServiceReadiness | null): FailingCheck | undefined {
  if (readiness?.state !== 'not-ready') return undefined;
  return readiness.failing.find(({ name, lasting }) => lasting && name !== GALLERY_CHECK);
}
