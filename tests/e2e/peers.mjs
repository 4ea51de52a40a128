// The packages in peers/node_modules: receivers, a linter and a schema checker that are not ours.
import {createRequire} from 'node:module';

const require = createRequire(new URL('./peers/package.json', import.meta.url));

export const {Ajv2020} = require('ajv/dist/2020');
export const addFormats = require('ajv-formats').default;
export const YAML = require('yaml');
export const jsonLogic = require('json-logic-js');
export const {Webhook: StandardWebhook} = require('standardwebhooks');
export const {Webhook: SvixWebhook} = require('svix');
export const redocly = () => require('@redocly/openapi-core');  // slow to load, so only where it is needed
