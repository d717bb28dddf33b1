interface PageOf {
  readonly cursor: string | null;
}

/** The pages of a list one after the other; each is read when it is asked for. */
export async function* eachPage<Page extends PageOf>(
  read: (from: { cursor?: string }) => Promise<Page>,
): AsyncGenerator<Page> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await read(cursor === undefined ? {} : { cursor });
    yield page;
    ({ cursor } = page);
  }
}
