import { type SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** One metric in an expression. */
export interface Selector {
  readonly metric: string;
  /** Labels in its selector. */
  readonly labels: readonly string[];
  /** rate, irate or increase around it; null without one. */
  readonly over: string | null;
  /** Whether it is compared with its own past: `x unless (x offset 15m)` selects new series. */
  readonly sinceThen: boolean;
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** Labels of groupings and joins. */
  readonly groupings: readonly string[];
}

const RATES = ['rate', 'irate', 'increase'];

/**
 * @param text PromQL; may contain variables of Grafana
 * @throws Error with the position of the invalid part
 */
export function parsePromql(text: string): Expression {
  const query = text.replaceAll('$__rate_interval', '5m');
  const selectors: Selector[] = [];
  const groupings: string[] = [];
  const textOf = (node: SyntaxNode) => query.slice(node.from, node.to);
  parser.parse(query).iterate({
    enter({ type, from, node }) {
      if (type.isError) throw new Error(`invalid PromQL at ${from}: ${text}`);
      if (type.name === 'GroupingLabels') {
        groupings.push(...node.getChildren('LabelName').map(textOf));
      }
      if (type.name !== 'VectorSelector') return;
      const labels = node
        .getChild('LabelMatchers')
        ?.getChildren('UnquotedLabelMatcher')
        .map((matcher) => textOf(matcher.getChild('LabelName')!));
      const metric = node.getChild('Identifier');
      if (!metric) throw new Error(`a selector without a metric: ${text}`);
      selectors.push({
        metric: textOf(metric),
        labels: labels ?? [],
        over: rateOf(node, textOf),
        sinceThen: isComparedWithPast(node, textOf(metric), textOf),
      });
    },
  });
  return { selectors, groupings };
}

function rateOf(selector: SyntaxNode, textOf: (node: SyntaxNode) => string): string | null {
  const call = selector.parent?.name === 'MatrixSelector' ? selector.parent.parent?.parent : null;
  const name = call?.getChild('FunctionIdentifier');
  return name && RATES.includes(textOf(name)) ? textOf(name) : null;
}

/** Whether it is on either side of an `unless` whose right side is the metric's own past. */
function isComparedWithPast(
  selector: SyntaxNode,
  metric: string,
  textOf: (node: SyntaxNode) => string,
) {
  const past = new RegExp(`\\b${metric}\\b.* offset `);
  for (let node = selector.parent; node; node = node.parent) {
    if (node.name !== 'BinaryExpr' || !node.getChild('Unless')) continue;
    if (past.test(textOf(node.lastChild!))) return true;
  }
  return false;
}
