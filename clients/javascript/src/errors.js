/** An answer of the service with a status of 400 or more; `status` 0 and `code` NETWORK_ERROR: there was no answer. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = 'NETWORK_ERROR', details, retryAfter, correlationId, body, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryAfter = retryAfter;
    this.correlationId = correlationId;
    this.body = body;
  }
}

/** The service closed the connection for a reason that no new try changes. */
export class CloseError extends Error {
  constructor(code, reason) {
    super(`closed with ${code}${reason ? `: ${reason}` : ''}`);
    this.name = 'CloseError';
    this.code = code;
    this.reason = reason;
  }
}

const seconds = (text) => (text !== null && /^\d+$/.test(text) ? Number(text) : undefined);

/** The error of an answer whose body has the service's error shape, or any other. */
export function errorOfAnswer(reply, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    // Not the service's own answer: a proxy's page, for example.
  }
  return new ApiError(body?.message ?? `HTTP status ${reply.status}`, {
    status: reply.status,
    code: body?.error ?? 'HTTP_ERROR',
    details: body?.details,
    retryAfter: seconds(reply.headers.get('Retry-After')) ?? body?.retry_after,
    correlationId: body?.correlation_id ?? reply.headers.get('X-Correlation-ID') ?? undefined,
    body,
  });
}
