import { type AddressPolicy } from '#shared/net/address-policy.js';
import { openStore } from '#shared/storage/open-stores.js';
import { cliError } from '../cli-error.js';
import { type Services } from '../client/find-services.js';
import { type ImportView } from '../client/ingest-api.js';
import { type NamedStore } from '../launcher/stores.js';
import { allAccountedFor, describeProblem, describeSums } from '../output/accounting.js';
import { followImport } from '../output/follow-import.js';
import { describePace } from '../output/progress.js';
import { describeEnrolment } from '../people/describe-enrolment.js';
import { enrolFolder } from '../people/enrol-folder.js';
import { collectReport } from '../report/collect-report.js';
import { writeReport } from '../report/write-report.js';
import { describeFindings } from './describe-findings.js';

/** The demo's steps on running services, each telling what it does and found. */
export class DemoSteps {
  /** Photographs that this run enrolled. */
  private enrolled = 0;

  constructor(
    private readonly services: Services,
    private readonly store: NamedStore,
    /** As the user wrote it. */
    private readonly archive: string,
    private readonly addresses: AddressPolicy,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws PipelineError PACK_UNCALIBRATED: what is imported then stays unknown */
  async requireThresholds(): Promise<void> {
    const problem = await this.services.matcher.namingProblem();
    if (problem !== null) throw cliError('PACK_UNCALIBRATED', problem);
  }

  async enrol(folder: string): Promise<void> {
    console.log(`\nEnrolling the people in ${folder}`);
    const enrolment = await enrolFolder(this.services.matcher, folder);
    console.log(indent(describeEnrolment(enrolment)));
    this.enrolled = enrolment.people.reduce((sum, { added }) => sum + added, 0);
  }

  async import(): Promise<ImportView> {
    console.log(`\nImporting ${this.archive}`);
    const { ingest } = this.services;
    const { id } = await ingest.startImport(this.store.name, '');
    const view = await followImport(ingest, id, this.signal);
    console.log(`  ${describePace(view)}`);
    return view;
  }

  /** @returns exit code: 0 when every listed image is accounted for */
  async show(view: ImportView, reportFolder: string): Promise<number> {
    const objects = openStore(new URL(this.store.url), this.addresses);
    const data = await collectReport({ ...this.services, objects }, view, this.archive);
    console.log(`\n${describeFindings(data)}`);
    const file = await writeReport(data, objects, reportFolder);
    const { sums } = data;
    console.log(`\n${describeSums(sums)}`);
    if (sums.alreadyDone > 0) {
      const fresh = sums.listed - sums.alreadyDone;
      console.log(`done in an earlier run: ${sums.alreadyDone}, in this one: ${fresh}`);
      if (this.enrolled > 0) {
        console.log(
          'those of an earlier run keep what was decided then, whoever is enrolled since',
        );
      }
    }
    if (sums.skipped > 0) console.log(`skipped, no image by its name: ${sums.skipped}`);
    console.log(`Report: ${file}`);
    if (view.status === 'done' && allAccountedFor(sums)) return 0;
    if (view.error) console.log(describeProblem(view.error));
    console.log(`The import ended as ${view.status}, and not every image is accounted for`);
    return 1;
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
