/**
 * The browser's half of the two ceremonies. Options and answers travel as JSON, in the form of WebAuthn Level 3, sections
 * 5.1.8 and 5.1.9. The translation is done here, the same in every browser: the browsers' own (`toJSON`,
 * `parseCreationOptionsFromJSON`) are missing in many that have passkeys.
 */

/**
 * @typedef {{ id: string, type: "public-key", transports?: AuthenticatorTransport[] }} Descriptor
 * @typedef {{ id: string, name: string, displayName: string }} User
 * @typedef {Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> &
 *   { challenge: string, user: User, excludeCredentials?: Descriptor[] }} CreationOptions - As the server makes them.
 * @typedef {Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> &
 *   { challenge: string, allowCredentials?: Descriptor[] }} RequestOptions - As the server makes them.
 * @typedef {object} Answer - What the server verifies.
 * @property {string} id
 * @property {string} rawId
 * @property {string} type
 * @property {Record<string, string | string[]>} response
 * @property {AuthenticationExtensionsClientOutputs} clientExtensionResults
 * @property {string} [authenticatorAttachment]
 */

/** @returns {boolean} Whether this browser has passkeys at all. */
export function hasPasskeys() {
  return typeof globalThis.PublicKeyCredential === "function" && Boolean(navigator.credentials);
}

/**
 * Ask for a new passkey.
 *
 * @param {CreationOptions} options
 * @returns {Promise<Answer>}
 * @throws {DOMException} The person cancelled, the device has one already, or the address is not right.
 */
export async function createPasskey(options) {
  const publicKey = {
    ...options,
    challenge: decodeBase64url(options.challenge),
    user: { ...options.user, id: decodeBase64url(options.user.id) },
    excludeCredentials: decodeDescriptors(options.excludeCredentials),
  };
  return encodeCredential(await navigator.credentials.create({ publicKey }));
}

/**
 * Ask for a passkey that is there.
 *
 * @param {RequestOptions} options
 * @returns {Promise<Answer>}
 * @throws {DOMException} The person cancelled, or the address is not right.
 */
export async function usePasskey(options) {
  const publicKey = {
    ...options,
    challenge: decodeBase64url(options.challenge),
    allowCredentials: decodeDescriptors(options.allowCredentials),
  };
  return encodeCredential(await navigator.credentials.get({ publicKey }));
}

/** @param {Descriptor[]} [list] */
function decodeDescriptors(list = []) {
  return list.map((one) => ({ ...one, id: decodeBase64url(one.id) }));
}

/**
 * @param {Credential | null} credential
 * @returns {Answer}
 */
function encodeCredential(credential) {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("not a passkey");
  return {
    id: credential.id,
    rawId: encodeBase64url(credential.rawId),
    type: credential.type,
    response: encodeResponse(credential.response),
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment || undefined,
  };
}

/** @param {AuthenticatorResponse} response */
function encodeResponse(response) {
  /** @type {Answer["response"]} */
  const parts = { clientDataJSON: encodeBase64url(response.clientDataJSON) };
  if (response instanceof AuthenticatorAttestationResponse) {
    parts.attestationObject = encodeBase64url(response.attestationObject);
    // Missing in old browsers.
    if ("getTransports" in response) parts.transports = response.getTransports();
  }
  if (response instanceof AuthenticatorAssertionResponse) {
    parts.authenticatorData = encodeBase64url(response.authenticatorData);
    parts.signature = encodeBase64url(response.signature);
    if (response.userHandle) parts.userHandle = encodeBase64url(response.userHandle);
  }
  return parts;
}

/**
 * @param {string} base64url
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decodeBase64url(base64url) {
  const binary = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {string} base64url without padding
 */
export function encodeBase64url(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
