type Variables = Readonly<Record<string, string>>;

/**
 * Puts variables into the strings of a parsed compose file as Docker Compose does: `${NAME}`,
 * `${NAME:-default}`, `${NAME:?why it is needed}`; `$$` is a dollar sign.
 * @throws Error when a variable that is needed is not set
 */
export function interpolate(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return interpolateText(value, variables);
  if (Array.isArray(value)) return value.map((item) => interpolate(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, variables)]),
  );
}

function interpolateText(text: string, variables: Variables): string {
  return text.replaceAll(
    /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (
      _whole,
      name: string | undefined,
      operator: string | undefined,
      rest: string | undefined = '',
    ) => {
      if (name === undefined) return '$';
      const value = variables[name] ?? '';
      if (value !== '') return value;
      if (operator === '?') throw new Error(`${name} is not set: ${rest}`);
      return operator === '-' ? rest : '';
    },
  );
}
