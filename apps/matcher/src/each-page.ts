interface CursorPage {
  readonly cursor: string | null;
}

/** Iterates over the pages of a list. A page is read only when the consumer asks for it. */
export async function* eachPage<Page extends CursorPage>(
  read: (from: { cursor?: string }) => Promise<Page>,
): AsyncGenerator<Page> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await read(cursor === undefined ? {} : { cursor });
    yield page;
    ({ cursor } = page);
  }
}
