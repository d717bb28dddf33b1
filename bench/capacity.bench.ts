/**
 * npm run capacity -- [--images N,N] [--faces-per-image N] [--days N] [--replicas N]
 *
 * Computes the resources for an archive from measured values (bench/capacity/inputs.ts).
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { inputTable, planTable, priceTable } from './capacity/plan.js';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1e5,1e6,1e7,1e8,1e9' },
    'faces-per-image': { type: 'string', default: '10' },
    days: { type: 'string', default: '30' },
    replicas: { type: 'string', default: '2' },
  },
});
const positive = z.coerce.number().positive();
const sizes = z.array(positive).parse(values.images.split(','));
const demand = {
  facesPerImage: positive.parse(values['faces-per-image']),
  days: positive.parse(values.days),
  replicas: positive.parse(values.replicas),
};
console.log(
  [planTable(sizes, demand), priceTable(demand.facesPerImage), inputTable()].join('\n\n'),
);
