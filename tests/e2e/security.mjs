// What an attacker knows: how keys are made, where each operation is, and which of its ids belong to whom.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {request} from 'node:http';
import {operations, resolve} from './contract.mjs';
import {Receiver} from './receiver.mjs';
import {Sender} from './senders.mjs';
import {newPhone, newestDelivery, within} from './support.mjs';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A key text with the checksum that belongs to it: api/key.hpp tells how. */
export function wellFormedKey(id, secret) {
  const text = `dp_${id}_${secret}`;
  let number = createHash('sha256').update(text).digest().readBigUInt64BE();
  let checksum = '';
  for (let i = 0; i < 6; i++, number /= 62n) checksum += DIGITS[Number(number % 62n)];
  return text + checksum;
}

/** The parts of a key: {id, secret, checksum}. */
export const partsOf = (key) => /^dp_(?<id>\w{10})_(?<secret>\w{32})(?<checksum>\w{6})$/.exec(key).groups;

/** Another letter in place of the one at `at`. */
export const altered = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

/** The operations that need a key. The others are told by name, so that a new one without a key is noticed. */
export const guarded = operations.filter(({operation}) => operation['x-scope']);
export const OPEN = ['GET /livez', 'GET /metrics', 'GET /openapi.yaml', 'GET /readyz', 'POST /in/{token}'];

/** Each scope includes those before it. */
export const SCOPES = ['read', 'write', 'admin', 'system'];

/** The path with ids in it. Throws when it has a parameter that `ids` does not know. */
export function pathOf({path}, ids) {
  return path.replace(/\{([^}]*)\}/g, (_, name) => {
    assert.ok(ids[name] !== undefined, `an id for ${name} of ${path}`);
    return ids[name];
  });
}

/** A body that the route would accept: the first example of the document. */
export function exampleBody({method, body}) {
  if (method === 'GET' || method === 'DELETE') return undefined;
  const media = body?.content['application/json'];
  return media && Object.values(media.examples).map(resolve)[0].value;
}

/** Something of each kind that an id can name, in the account of `api`: by the name of the path's parameter. */
export async function ownedWorld(t, api, {name = 'Confidential', headers = {}} = {}) {
  const receiver = await Receiver.start(t);
  const {endpoint, secret} = (await api.post('/v1/endpoints', {url: receiver.url, description: name, headers}, {status: 201})).body;
  const lead = (await api.post('/v1/leads/create', {phone: newPhone(), firstName: name})).body.lead;
  const contact = (await api.post('/v1/contacts', {firstName: name})).body.data.contact;
  const {apiKey, key} = (await api.post('/v1/keys', {name, scopes: ['read']}, {status: 201})).body;
  const delivery = await newestDelivery(api, `/v1/endpoints/${endpoint.id}`);
  const sender = await Sender.create(api, {format: 'apten', verifier: 'apten', name});
  const {receipt} = await sender.says('quarantined', JSON.stringify({[name]: lead.id}));
  const ids = {leadId: lead.id, contactId: contact.id, endpointId: endpoint.id, deliveryId: delivery.id, keyId: apiKey.id, sourceId: sender.id, receiptId: receipt};
  return {api, receiver, endpoint, secret, lead, contact, apiKey, key, delivery, sender, receipt, ids};
}

/** A request from another address of this machine. Gives {status, headers, body}. */
export function requestFrom(address, server, path, {method = 'GET', headers = {}, body} = {}) {
  return within(new Promise((done, failed) => {
    const sent = request({host: '127.0.0.1', port: server.port, localAddress: address, method, path, headers, agent: false}, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (data) => { text += data; })
        .on('end', () => done({status: answer.statusCode, headers: answer.headers, text, body: text && JSON.parse(text)}));
    });
    sent.on('error', failed);
    sent.end(body);
  }), `an answer to ${address}`);
}
