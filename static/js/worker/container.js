// What phones download, read as the server writes it (server/publish/data_folder/container.py, patch.py, slices.py).

/**
 * @typedef {Map<string, { sha256: string, type: string }>} Files
 * @typedef {(string | [number, number])[]} Operations
 * @typedef {{
 *   slice: string, kind: string, parts: [string, number][], manifest: string,
 *   from: string, drop: string[], set: [string, string, string][], patches: [string, string, Operations][],
 * }} Index - `manifest` is in a whole slice, the last four are in an update.
 */

/**
 * Read a manifest: one line a file, `address TAB sha256 TAB media type`.
 *
 * @param {string} manifest
 * @returns {Files}
 */
export function parseManifest(manifest) {
  const files = new Map();
  for (const line of manifest.split("\n")) {
    if (!line) continue;
    const [path, digest, type] = line.split("\t");
    files.set(path, { sha256: digest, type });
  }
  return files;
}

/**
 * @param {Files} files
 * @returns {string} The manifest text, sorted by address as the server sorts it (addresses are ASCII).
 */
export function formatManifest(files) {
  const paths = Array.from(files.keys()).sort();
  return paths.map((path) => `${path}\t${files.get(path)?.sha256}\t${files.get(path)?.type}\n`).join("");
}

/**
 * Take a container apart.
 *
 * @param {ArrayBuffer} buffer
 * @returns {{ index: Index, body: (number: number) => Uint8Array<ArrayBuffer> }}
 * @throws {Error} It is not one, or it was cut short.
 */
export function parseContainer(buffer) {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < 8 || new TextDecoder().decode(bytes.subarray(0, 4)) !== "DWB1") throw new Error("not a container");
  const start = 8 + new DataView(buffer).getUint32(4);
  if (start > bytes.length) throw new Error("the container was cut short");
  /** @type {Index} */
  const index = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  const offsets = [start];
  for (const [, length] of index.parts) offsets.push(offsets[offsets.length - 1] + length);
  if (offsets[offsets.length - 1] !== bytes.length) throw new Error("the container has another length");
  return { index, body: (number) => bytes.slice(offsets[number], offsets[number + 1]) };
}

/**
 * Apply a patch: `[first, count]` copies lines, a string is inserted.
 *
 * @param {Uint8Array<ArrayBuffer>} old
 * @param {Operations} operations
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function applyPatch(old, operations) {
  const lines = new TextDecoder().decode(old).split("\n");
  const last = lines.pop();
  const whole = lines.map((line) => `${line}\n`);
  if (last) whole.push(last);
  const parts = operations.map((step) =>
    typeof step === "string" ? step : whole.slice(step[0], step[0] + step[1]).join(""),
  );
  return new TextEncoder().encode(parts.join(""));
}
