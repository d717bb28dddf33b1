/** How far into a file, or into what follows a picture, readers of other formats look for their mark. */
const SEARCHED = 1_024;
const ZIP_END_BYTES = 22;
const ZIP_MAX_COMMENT = 65_535;

/** Marks that say what a file is wherever they stand in what follows a picture. */
const ANYWHERE: readonly (readonly [RegExp, string])[] = [
  [/%PDF-/, 'PDF'],
  [/PK\x03\x04/, 'ZIP'],
  [/Rar!\x1a\x07|7z\xbc\xaf'\x1c/, 'an archive'],
  [/<\?php|__HALT_COMPILER/i, 'PHP'],
  [/<(!doctype|html|head|body|script|iframe|svg)\b/i, 'HTML or SVG'],
];
/** Marks that are too short to be looked for anywhere but at its start. */
const AT_START: readonly (readonly [RegExp, string])[] = [
  [/^[\0\s]*(MZ|\x7fELF|\xca\xfe\xba\xbe|#!)/, 'a program'],
];
/** A picture's size, or a segment's length, that is the start of a comment in JavaScript. */
const SCRIPT_IN_HEADER = /^(GIF8[79]a|\xff\xd8\xff\xe0)\/\*/;

/**
 * What else a file is beside a picture: another format's reader would take it for one of its own. What
 * cameras put behind a picture (a second JPEG, a moving picture, a maker's trailer, padding) is none.
 * @param end where the picture ends
 * @returns null when it is nothing else
 */
export function foreignContent(bytes: Buffer, end: number): string | null {
  const head = bytes.toString('latin1', 0, SEARCHED);
  if (head.includes('%PDF-')) return 'PDF';
  if (SCRIPT_IN_HEADER.test(head)) return 'JavaScript';
  const tail = bytes.toString('latin1', end, end + SEARCHED);
  for (const [mark, name] of [...ANYWHERE, ...AT_START]) if (mark.test(tail)) return name;
  return endsAsZip(bytes) ? 'ZIP' : null;
}

/** ZIP readers start at the end, at a record that says where the list of files lies. */
function endsAsZip(bytes: Buffer): boolean {
  const from = Math.max(0, bytes.length - ZIP_END_BYTES - ZIP_MAX_COMMENT);
  for (let at = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1'); at >= from;) {
    if (isZipEnd(bytes, at)) return true;
    if (at === 0) return false;
    at = bytes.lastIndexOf('PK\x05\x06', at - 1, 'latin1');
  }
  return false;
}

/** Four bytes turn up by chance in millions of photographs: the record's numbers must agree as well. */
function isZipEnd(bytes: Buffer, at: number): boolean {
  if (at + ZIP_END_BYTES > bytes.length) return false;
  const [disk, listDisk, here, all] = [4, 6, 8, 10].map((field) => bytes.readUInt16LE(at + field));
  if (disk !== 0 || listDisk !== 0 || here !== all) return false;
  const listBytes = bytes.readUInt32LE(at + 12);
  if (all === 0) return listBytes === 0;
  const list = at - listBytes;
  return list >= 0 && bytes.toString('latin1', list, list + 4) === 'PK\x01\x02';
}
