// The routes of @logto/next.
import { logto } from '../../../lib/logto.js';

export default logto.handleAuthRoutes();
