export { ProfileEngagementApi } from './src/api.js';
export { ApiError, CloseError } from './src/errors.js';
export { LiveEvents } from './src/live_events.js';
