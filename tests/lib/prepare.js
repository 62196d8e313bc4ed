// usage: prepare.js FOLDER ENGINE. Initialises one tenant that startServer copies, for a whole run of the tests.
import { prepare } from './server.js';

await prepare(...process.argv.slice(2));
