import { Inject, Injectable } from '@nestjs/common';
import { type ImportView, type StartImport } from '#shared/contracts/http/imports.http.js';
import { type ImportStatus } from '#shared/contracts/import-status.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { ObjectStores } from '#shared/platform/storage/open-stores.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';
import { SPACE } from '../admission/image-admission.js';
import { ImportRepository } from './import-repository.js';
import { ImportSupervisor } from './import-supervisor.js';
import { importView } from './import-view.js';

type ImportAction = 'pause' | 'resume' | 'cancel';

@Injectable()
export class ImportsService {
  constructor(
    private readonly imports: ImportRepository,
    private readonly supervisor: ImportSupervisor,
    private readonly stores: ObjectStores,
    @Inject(SPACE) private readonly space: string,
  ) {}

  /** @throws PipelineError STORE_UNKNOWN, STORE_RESERVED */
  async start(tenant: string, { store, prefix, key }: StartImport): Promise<ImportView> {
    if (store === UPLOADS_STORE) {
      const problem = `the store ${store} holds the uploads of every tenant; import from another store`;
      throw importError(422, 'STORE_RESERVED', problem);
    }
    this.stores.get(store);
    const scope = key === undefined ? { prefix } : { prefix: key, single: true };
    const id = await this.imports.create({ tenant, store, ...scope, space: this.space });
    await this.supervisor.look(id);
    return this.read(tenant, id);
  }

  /** @throws PipelineError IMPORT_NOT_FOUND, also for another tenant's import */
  async read(tenant: string, id: string): Promise<ImportView> {
    const progress = await this.imports.read(id);
    if (progress?.state.tenant === tenant) return importView(progress, Date.now());
    throw importError(404, 'IMPORT_NOT_FOUND', `there is no import ${id}`);
  }

  async list(tenant: string, limit: number, cursor?: string) {
    const found = await this.imports.list(tenant, limit, cursor);
    return {
      imports: found.map((progress) => importView(progress, Date.now())),
      cursor: found.length < limit ? null : (found.at(-1)?.state.id ?? null),
    };
  }

  /** @throws PipelineError IMPORT_NOT_FOUND, IMPORT_OVER */
  async change(tenant: string, id: string, action: ImportAction): Promise<ImportView> {
    await this.read(tenant, id);
    const before = await this.imports[action](id);
    const over: ImportStatus[] = ['done', 'failed', 'cancelled'];
    if (over.includes(before) && !(action === 'cancel' && before === 'cancelled')) {
      throw importError(409, 'IMPORT_OVER', `import ${id} is ${before}; start another one`);
    }
    return this.read(tenant, id);
  }
}

function importError(httpStatus: number, code: string, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'ingest', class: 'quarantine', httpStatus });
}
