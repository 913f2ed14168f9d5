// What a client does about the end of a connection: the table "Close codes" of docs/api.md.

/** After these a new try would end in the same way. 4001 may be tried again with new credentials. */
const final = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010, 4001, 4003, 4004]);
export const isFinal = (code) => final.has(code);

export const lost = 1006;
export const badCredentials = 4001;
export const unknownSession = 4004;
export const tooSlow = 4008;

const ofStatus = { 401: badCredentials, 403: 4003, 404: unknownSession, 408: 1001, 429: 4029, 503: 1001 };

/** The close code that means the same as an HTTP status. */
export function codeOfStatus(status) {
  if (status === 0) return lost;
  return ofStatus[status] ?? (status >= 500 ? 1011 : 1008);
}
