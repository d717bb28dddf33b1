import { type ILabelSelector } from '@kubernetes-models/apimachinery/apis/meta/v1/LabelSelector';

type Labels = Readonly<Record<string, string>>;

/** Whether a label selector takes an object; one without conditions takes everything. */
export function selects(selector: ILabelSelector, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && values.includes(value);
      return operator === 'In' ? listed : !listed;
    })
  );
}
