// Everything that this worker answers lies below this address.
export const SCOPE = new URL(self.registration.scope);
// The (region, locale) that an address belongs to.
export const KEY = /^([a-z0-9-]+\/[A-Za-z0-9-]+)(\/|$)/;
