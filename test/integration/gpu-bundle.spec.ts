import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Report } from '../../bench/gpu-bundle/report/report.js';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Manifests of Vulkan drivers, including the software driver (Mesa 24 or newer). */
const VULKAN = process.env.SIGHTLINE_TEST_VULKAN;

/** The archive contains binaries for the architecture of the machine that builds it. */
const isLinux = process.platform === 'linux' && process.arch === 'x64';

let folder: string;
let archive: string;
let bench: string;

/** Runs the unpacked bundle outside of the project, without its environment. */
async function run(args: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  const temporary = await mkdtemp(path.join(folder, 'temporary-'));
  const env = { PATH: '/usr/bin:/bin', TMPDIR: temporary, ...settings };
  const { status, stdout, stderr } = spawnSync(
    path.join(bench, 'run'),
    ['--precisions', 'fp32', '--seconds', '0.1', ...args],
    { env, cwd: '/', encoding: 'utf8', maxBuffer: 10 ** 7 },
  );
  return { status, stdout, stderr, left: await readdir(temporary) };
}

/** All files of the unpacked archive. */
async function listing() {
  const names = (await readdir(bench, { recursive: true })).sort();
  const files = names.map(async (name) => ({ name, stats: await stat(path.join(bench, name)) }));
  return (await Promise.all(files))
    .filter(({ stats }) => stats.isFile())
    .map(({ name, stats }) => ({ name, size: stats.size, time: stats.mtimeMs }));
}

(isLinux ? describe : describe.skip)('the archive of bundle:gpu-bench', () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-bundle-'));
    const script = path.join(ROOT, 'scripts', 'bundle-gpu-bench.mjs');
    const args = [script, '--as-built', '--out', folder, '--level', '0'];
    await promisify(execFile)(process.execPath, args);
    archive = path.join(folder, 'sightline-gpu-bench-linux-x64.tar.xz');
    const place = path.join(folder, 'elsewhere');
    await mkdir(place);
    spawnSync('tar', ['-xf', archive, '-C', place]);
    spawnSync('chmod', ['-R', 'a-w', place]);
    bench = path.join(place, 'sightline-gpu-bench');
  }, 120_000);
  afterAll(async () => {
    spawnSync('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true });
  });

  it('stays under 60 MB even when hardly compressed', async () => {
    expect((await stat(archive)).size).toBeLessThan(60_000_000);
  });

  it('contains no network, no weights and no photographs', async () => {
    const binary =
      /^(node|vulkan\/libvulkan\.so\.1|.*\/(libonnxruntime\.so\.1|onnxruntime_binding\.node))$/;
    const text = /(^run|\.c?js|\.json|\.md|LICENSE[^/]*)$/;
    const odd = (await listing()).filter(
      ({ name, size }) => !binary.test(name) && !(text.test(name) && size < 300_000),
    );
    expect(odd).toEqual([]);
  });

  it('measures the CPU, reports what the other devices lack, and leaves no files behind', async () => {
    const before = await listing();
    const libraries = path.join(folder, 'libraries');
    await mkdir(libraries);
    await writeFile(path.join(libraries, 'libonnxruntime_providers_shared.so'), 'no library');
    const { status, stdout, left } = await run(
      ['--providers', 'cpu,webgpu,cuda', '--batches', '1,2', '--ort-libs', libraries, '--json'],
      { VK_DRIVER_FILES: '/none.json' },
    );
    expect(status).toBe(1);
    const report = JSON.parse(stdout) as Report;
    expect(report.network.flop).toBe(2_835_324_608);
    const [cpu, webgpu, cuda] = report.results;
    expect(cpu).toMatchObject({
      provider: 'cpu',
      precision: 'fp32',
      nodeShare: 1,
      warnings: [],
      failure: null,
      batches: [{ batch: 1 }, { batch: 2 }],
    });
    expect(cpu!.agreement).toBeCloseTo(1, 5);
    expect(cpu!.peakMemoryMib).toBeGreaterThan(100);
    for (const { copied, resident } of cpu!.batches) {
      expect(copied.medianMs).toBeGreaterThan(0);
      expect(resident.medianMs).toBeGreaterThan(0);
    }
    // On a busy machine a figure may be too noisy. Then it is reported as skipped.
    for (const name of ['matmul', 'conv', 'memory']) {
      const told = [...cpu!.ceilings.map((ceiling) => ceiling.name), ...cpu!.skipped];
      expect(told.some((text) => text.startsWith(name))).toBe(true);
    }
    expect(cpu!.ceilings.every(({ perSecond }) => perSecond > 0)).toBe(true);
    expect(webgpu!.failure).toMatch(/libvulkan1|VK_DRIVER_FILES/);
    // The library was found in the folder of --ort-libs.
    expect(cuda!.failure).toMatch(/libonnxruntime_providers_shared\.so does not load: .*too short/);
    expect(left).toEqual([]);
    expect(await listing()).toEqual(before);
  }, 120_000);

  it('rejects unknown options and prints its usage', async () => {
    const { status, stderr } = await run(['--fast']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/GPU_BENCH_OPTIONS: .*--fast[^]*--ort-libs DIR/);
  });

  (VULKAN ? it : it.skip)(
    'runs the whole of FaceNet through WebGPU',
    async () => {
      const providers = ['--providers', 'webgpu', '--batches', '1', '--json'];
      const { status, stdout } = await run(providers, {
        VK_DRIVER_FILES: VULKAN!,
        LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH ?? '',
      });
      expect(status).toBe(0);
      const [webgpu] = (JSON.parse(stdout) as Report).results;
      expect(webgpu).toMatchObject({ provider: 'webgpu', nodeShare: 1, batches: [{ batch: 1 }] });
      expect(webgpu!.agreement).toBeGreaterThan(0.9999);
      expect(webgpu!.device).not.toBeNull();
    },
    300_000,
  );
});
