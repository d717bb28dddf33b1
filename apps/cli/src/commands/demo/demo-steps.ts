import { importsHttp, type ImportView } from '#shared/contracts/http/imports.http.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { type AddressPolicy } from '#shared/platform/net/address-policy.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { type Services } from '../../client/services.js';
import { type NamedStore } from '../../launcher/stores.js';
import {
  allAccountedFor,
  describeProblem,
  describeSkipped,
  describeSums,
  type Sums,
} from '../../output/accounting.js';
import { followImport, describePace } from '../../output/progress.js';
import { collectReport } from '../../report/collect-report.js';
import { writeReport } from '../../report/write-report.js';
import { describeEnrolment, enrolFolder } from '../enrol-folder.js';
import { namingProblem } from '../import.command.js';
import { describeFindings } from './describe-findings.js';

/** The steps of the demo on running services. Each step prints what it does and the result. */
export class DemoSteps {
  /** Number of photographs that this run enrolled. */
  private enrolled = 0;

  constructor(
    private readonly services: Services,
    private readonly store: NamedStore,
    /** As the user wrote it. */
    private readonly archive: string,
    private readonly addresses: AddressPolicy,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws PipelineError PACK_UNCALIBRATED, because imported faces would stay unknown */
  async requireThresholds(): Promise<void> {
    const problem = await namingProblem(this.services.matcher);
    if (problem !== null) throw usageError('PACK_UNCALIBRATED', problem);
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
    const { id } = await ingest.call(importsHttp.start, { body: { store: this.store.name } });
    const view = await followImport(ingest, id, this.signal);
    console.log(`  ${describePace(view)}`);
    return view;
  }

  /** @returns exit code: 0 if each listed image has an outcome */
  async show(view: ImportView, reportFolder: string): Promise<number> {
    const objects = openStore(new URL(this.store.url), this.addresses);
    const data = await collectReport({ ...this.services, objects }, view, this.archive);
    console.log(`\n${describeFindings(data)}`);
    const file = await writeReport(data, objects, reportFolder);
    const { sums } = data;
    console.log(`\n${describeSums(sums, true)}`);
    if (sums.alreadyDone > 0) this.showEarlierRuns(sums);
    const skipped = describeSkipped(sums);
    if (skipped !== null) console.log(`skipped, by reason: ${skipped}`);
    console.log(`Report: ${file}`);
    if (view.status === 'done' && allAccountedFor(sums)) return 0;
    if (view.error) console.log(describeProblem(view.error));
    console.log(`The import ended as ${view.status}, and not every image has an outcome.`);
    return 1;
  }

  private showEarlierRuns({ listed, skipped, alreadyDone }: Sums): void {
    const now = listed - skipped - alreadyDone;
    console.log(`finished in an earlier run: ${alreadyDone}, in this run: ${now}`);
    if (this.enrolled === 0) return;
    console.log(
      'Images of an earlier run keep their result: they are not compared with people enrolled since.',
    );
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
