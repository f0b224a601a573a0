/**
 * The browser's half of the two ceremonies. Options and answers travel as JSON, in the form of WebAuthn Level 3, sections
 * 5.1.8 and 5.1.9. The translation is done here, the same in every browser: the browsers' own (`toJSON`,
 * `parseCreationOptionsFromJSON`) are missing in many that have passkeys.
 */

/** @typedef {Record<string, any>} Json */

/** @returns {boolean} Whether this browser has passkeys at all. */
export function hasPasskeys() {
  return typeof globalThis.PublicKeyCredential === "function" && Boolean(navigator.credentials);
}

/**
 * Ask for a new passkey.
 *
 * @param {Json} options - As the server made them.
 * @returns {Promise<Json>} What the server verifies.
 * @throws {DOMException} The person cancelled, the device has one already, or the address is not right.
 */
export async function createPasskey(options) {
  const publicKey = /** @type {any} */ ({
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  });
  return answer(await navigator.credentials.create({ publicKey }));
}

/**
 * Ask for a passkey that is there.
 *
 * @param {Json} options - As the server made them.
 * @returns {Promise<Json>} What the server verifies.
 * @throws {DOMException} The person cancelled, or the address is not right.
 */
export async function usePasskey(options) {
  const publicKey = /** @type {any} */ ({
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: descriptors(options.allowCredentials),
  });
  return answer(await navigator.credentials.get({ publicKey }));
}

/**
 * @param {Json[] | undefined} list
 * @returns {Json[]}
 */
function descriptors(list) {
  return (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
}

/**
 * @param {Credential | null} credential
 * @returns {Json}
 */
function answer(credential) {
  const made = /** @type {any} */ (credential);
  const response = made.response;
  /** @type {Json} */
  const parts = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = text(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: parts,
    clientExtensionResults: made.getClientExtensionResults(),
    authenticatorAttachment: made.authenticatorAttachment || undefined,
  };
}

/**
 * @param {string} base64url
 * @returns {Uint8Array}
 */
export function bytes(base64url) {
  const binary = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {string} base64url without padding
 */
export function text(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
