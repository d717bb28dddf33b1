import { type AlertCase } from './alert-case.js';

const TARGET = 'job="embedder",instance="e:7002"';
const INSTANCE = { instance: 'e:7002' };
const TARGET_LABELS = { ...INSTANCE, job: 'embedder' };
const THREADS = `sightline_engine_threads{${TARGET}}`;
const GPU_TOTAL = `sightline_gpu_memory_total_bytes{${TARGET},gpu="0"}`;

const gpuUses = (perCent: number) => ({
  [`sightline_gpu_memory_used_bytes{${TARGET},gpu="0"}`]: `${perCent}x20`,
  [GPU_TOTAL]: '100x20',
});

const network = (role: string, engine: string, device: string) => ({
  [`sightline_engine_info{${TARGET},role="${role}",engine="${engine}",device="${device}"}`]: '1x20',
});

export const ENGINE_CASES: readonly AlertCase[] = [
  {
    alert: 'GpuMemoryFull',
    when: 'a GPU is almost full',
    minute: 15,
    series: { ...gpuUses(96), ...network('embed', 'onnxruntime', 'cuda') },
    fires: {
      labels: { ...TARGET_LABELS, gpu: '0' },
      summary: 'GPU 0 of e:7002 has almost no free memory',
    },
  },
  {
    alert: 'GpuMemoryFull',
    when: 'there is room for a batch',
    minute: 20,
    series: { ...gpuUses(94), ...network('embed', 'onnxruntime', 'cuda') },
    fires: null,
  },
  {
    alert: 'GpuMemoryFull',
    when: 'TensorFlow uses all of it',
    minute: 20,
    series: {
      ...gpuUses(99),
      ...network('embed', 'tensorflow', 'cuda'),
      ...network('detect', 'onnxruntime', 'cpu'),
    },
    fires: null,
  },
  {
    alert: 'GpuNotUsed',
    when: 'one network is on the CPU',
    minute: 12,
    series: {
      ...gpuUses(10),
      ...network('detect', 'onnxruntime', 'cuda'),
      ...network('embed', 'tensorflow', 'cpu'),
    },
    fires: {
      labels: { ...INSTANCE, role: 'embed' },
      summary: 'e:7002 has a GPU but runs the network embed on the CPU',
    },
  },
  {
    alert: 'GpuNotUsed',
    when: 'TensorFlow uses the GPU',
    minute: 20,
    series: {
      ...gpuUses(99),
      ...network('detect', 'onnxruntime', 'cpu'),
      ...network('embed', 'tensorflow', 'cuda'),
    },
    fires: null,
  },
  {
    alert: 'GpuNotUsed',
    when: 'all networks are on the GPU',
    minute: 20,
    series: { ...gpuUses(10), ...network('embed', 'onnxruntime', 'cuda') },
    fires: null,
  },
  {
    alert: 'GpuNotUsed',
    when: 'the GPU belongs to another embedder',
    minute: 20,
    series: {
      'sightline_gpu_memory_total_bytes{job="embedder",instance="f:7002",gpu="0"}': '100x20',
      ...network('embed', 'onnxruntime', 'cpu'),
    },
    fires: null,
  },
  {
    alert: 'InferenceThreadsMissing',
    when: 'a thread is not replaced',
    minute: 20,
    series: { [THREADS]: '4x5 3x40' },
    fires: { labels: TARGET_LABELS, summary: 'e:7002 has only 3 inference threads left' },
  },
  {
    alert: 'InferenceThreadsMissing',
    when: 'it is replaced after a while',
    minute: 60,
    series: { [THREADS]: '0 4x5 3x7 4x50' },
    fires: null,
  },
];
