const PAGE_SIZE = 100;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string | null | undefined;
}

/** Everything a paged list holds, page by page. `read` gets the query string of a page. */
export async function* pages<Item>(
  read: (query: string) => Promise<Page<Item>>,
  filter: Readonly<Record<string, string>> = {},
): AsyncGenerator<Item> {
  let cursor: string | null | undefined;
  do {
    const query = new URLSearchParams({
      ...filter,
      limit: String(PAGE_SIZE),
      ...(cursor && { cursor }),
    });
    const page = await read(query.toString());
    yield* page.items;
    cursor = page.cursor;
  } while (cursor);
}
