// The four formats as independent receivers see them: npm's standardwebhooks and svix, and Debian's webhook.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createHmac} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {StandardWebhook, SvixWebhook} from './peers.mjs';
import {Receiver} from './receiver.mjs';
import {newPhone, suiteServer, temporaryFolder, within} from './support.mjs';

describe('What is delivered', () => {
  const suite = suiteServer();

  /** An endpoint of the format at a receiver of its own. */
  async function subscribe(t, input) {
    const receiver = await Receiver.start(t);
    const {endpoint, secret} = (await suite.api.post('/v1/endpoints', {url: receiver.url, ...input}, {status: 201})).body;
    t.after(() => suite.api.delete(`/v1/endpoints/${endpoint.id}`));
    return {receiver, endpoint, secret};
  }

  const createLead = async (input = {}) => (await suite.api.post('/v1/leads/create', {phone: newPhone(), ...input})).body.lead;

  function verify(secret, {text, headers}) {
    const parsed = new StandardWebhook(secret).verify(text, headers);
    assert.deepEqual(new SvixWebhook(secret).verify(text, headers), parsed);
    assert.throws(() => new StandardWebhook(secret).verify(`${text} `, headers), /signature/i);
  }

  test('apten: the payload of lead.additionalInfo.updated, added and removed', async (t) => {
    const {receiver, secret} = await subscribe(t, {format: 'apten', events: ['lead.additionalInfo.updated']});
    const lead = await createLead();
    await suite.api.patch(`/v1/leads/${lead.id}`, {additionalInfo: {insuranceProvider: 'Aetna'}});
    await suite.api.patch(`/v1/leads/${lead.id}`, {additionalInfo: {insuranceProvider: null}});
    const requests = await receiver.count(2);
    const {changes} = (await suite.api.get(`/v1/leads/${lead.id}/changes?after=1`)).body;
    for (const [i, [old, next]] of [[null, 'Aetna'], ['Aetna', null]].entries()) {
      const {body, text, headers, id, type, version} = requests[i];
      assert.deepEqual(body, {
        event: 'lead.additionalInfo.updated',
        data: {leadId: lead.id, phone: lead.phone, additionalInfo: {insuranceProvider: {old, new: next}}},
        eventId: changes[i].events.find((event) => event.type === 'lead.additionalInfo.updated').id,
        timestamp: body.timestamp,
      });
      assert.deepEqual(Object.keys(body), ['event', 'data', 'eventId', 'timestamp']);
      assert.match(body.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(id, body.eventId);
      assert.equal(type, 'lead.additionalInfo.updated');
      assert.equal(version, i + 2);
      assert.equal(headers['x-signature-sha256'], createHmac('sha256', secret).update(text).digest('hex'));
      verify(secret, requests[i]);
    }
  });

  test('apten: CRM links are told when there are any', async (t) => {
    const {receiver} = await subscribe(t, {format: 'apten', events: ['lead.additionalInfo.updated']});
    await createLead({externalLeadId: '003XX000004DHPY', close_crm_leadId: 'lead_xyz123', additionalInfo: {state: 'CA'}});
    const [{body}] = await receiver.count(1);
    assert.equal(body.data.externalLeadId, '003XX000004DHPY');
    assert.equal(body.data.close_crm_leadId, 'lead_xyz123');
    assert.deepEqual(body.data.additionalInfo, {state: {old: null, new: 'CA'}});
  });

  test('apten: text beyond ASCII is signed as the bytes that are sent', async (t) => {
    const {receiver, secret} = await subscribe(t, {format: 'apten', events: ['lead.additionalInfo.updated']});
    await createLead({additionalInfo: {städte: 'Köln – 東京 🚀'}});
    const [request] = await receiver.count(1);
    assert.equal(request.body.data.additionalInfo.städte.new, 'Köln – 東京 🚀');
    assert.equal(request.headers['x-signature-sha256'], createHmac('sha256', secret).update(request.raw).digest('hex'));
    verify(secret, request);
  });

  test('iclosed: an array with the whole contact, what changed and the hook type', async (t) => {
    const {receiver, secret} = await subscribe(t, {format: 'iclosed'});
    const bare = await subscribe(t, {format: 'iclosed', bareObject: true, events: ['contactDetailChanged']});
    const {id} = (await suite.api.post('/v1/contacts', {firstName: 'Raya', tracking: {utm_source: 'a'}})).body.data.contact;
    await suite.api.patch(`/v1/contacts/${id}`, {lastName: 'Fleming', tracking: {utm_source: 'b'}});
    await suite.api.delete(`/v1/contacts/${id}`);
    const requests = await receiver.count(3);
    assert.deepEqual(requests.map(({body}) => [body.length, body[0].hookType, body[0].updatedAttributes]), [
      [1, 'Contact created', []], [1, 'Contact updated', ['lastName', 'tracking']], [1, 'Contact deleted', []]]);
    const {version, deletedAt, ...then} = (await suite.api.get(`/v1/contacts/${id}?at=2099-01-01T00:00:00Z`)).body.data.contact;
    assert.deepEqual(requests[1].body[0], {...then, updatedAt: requests[1].body[0].updatedAt, updatedAttributes: ['lastName', 'tracking'], hookType: 'Contact updated'});
    for (const request of requests) verify(secret, request);
    const [only] = await bare.receiver.count(1);
    assert.deepEqual(only.body, requests[1].body[0]);
    verify(bare.secret, only);
  });

  test('standard: type, time, exact changes and the record', async (t) => {
    const {receiver, secret} = await subscribe(t, {events: ['lead.updated']});
    const lean = await subscribe(t, {events: ['lead.updated'], changesOnly: true});
    const lead = await createLead({firstName: 'John'});
    const updated = (await suite.api.patch(`/v1/leads/${lead.id}`, {firstName: null, additionalInfo: {state: 'CA'}})).body.lead;
    const [request] = await receiver.count(1);
    const [change] = (await suite.api.get(`/v1/leads/${lead.id}/changes?after=1`)).body.changes;
    assert.deepEqual(request.body, {
      type: 'lead.updated', timestamp: change.at,
      data: {kind: 'lead', id: lead.id, version: 2, changes: change.changes, record: updated, source: 'api', actor: change.actor},
    });
    assert.deepEqual(change.changes, {firstName: {old: 'John', new: null}, 'additionalInfo.state': {new: 'CA'}});
    assert.match(request.headers['content-type'], /^application\/json/);
    verify(secret, request);
    const [other] = await lean.receiver.count(1);
    const {record, ...withoutRecord} = request.body.data;
    assert.deepEqual(other.body.data, withoutRecord);
    verify(lean.secret, other);
  });

  test('cloudevents: the required attributes, around the same data', async (t) => {
    const {receiver, secret} = await subscribe(t, {format: 'cloudevents', events: ['contactUpdated']});
    const {id} = (await suite.api.post('/v1/contacts', {})).body.data.contact;
    await suite.api.patch(`/v1/contacts/${id}`, {status: 'QUALIFIED'});
    const [request] = await receiver.count(1);
    assert.match(request.headers['content-type'], /^application\/cloudevents\+json/);
    const {specversion, id: eventId, source, type, time, data} = request.body;
    assert.deepEqual({specversion, eventId, type}, {specversion: '1.0', eventId: request.id, type: 'io.deltapost.contactUpdated'});
    assert.match(source, /^\/deltapost\/accounts\/./);
    assert.ok(Date.parse(time));
    assert.equal(data.id, id);
    assert.deepEqual(data.changes, {status: {old: 'POTENTIAL', new: 'QUALIFIED'}});
    verify(secret, request);
  });

  test('During a rotation both secrets verify, and apten\'s header is made with the new one', async (t) => {
    const {receiver, endpoint, secret} = await subscribe(t, {format: 'apten', events: ['lead.created']});
    const rotated = (await suite.api.post(`/v1/endpoints/${endpoint.id}/secret/rotate`)).body.secret;
    await createLead();
    const [request] = await receiver.count(1);
    verify(secret, request);
    verify(rotated, request);
    assert.equal(request.headers['webhook-signature'].split(' ').length, 2);
    assert.equal(request.headers['x-signature-sha256'], createHmac('sha256', rotated).update(request.text).digest('hex'));
  });

  test('Own headers are sent, and no answer shows their values', async (t) => {
    const {receiver, endpoint} = await subscribe(t, {events: ['lead.created'], headers: {Authorization: 'Bearer t0ps3cret'}});
    await createLead();
    const [{headers}] = await receiver.count(1);
    assert.equal(headers.authorization, 'Bearer t0ps3cret');
    assert.ok(!(await suite.api.get(`/v1/endpoints/${endpoint.id}`)).text.includes('t0ps3cret'));
  });

  test('Events, fields and a filter narrow what an endpoint gets', async (t) => {
    const by = {
      fields: await subscribe(t, {events: ['lead.updated'], fields: ['additionalInfo.state', 'isHot']}),
      below: await subscribe(t, {events: ['lead.updated'], fields: ['additionalInfo.*']}),
      filter: await subscribe(t, {events: ['lead.updated'], filter: {'==': [{var: 'data.changes.firstName.new'}, 'Ann']}}),
      all: await subscribe(t, {events: ['lead.updated']}),
    };
    const lead = await createLead();
    const path = `/v1/leads/${lead.id}`;
    for (const patch of [{firstName: 'Ann'}, {additionalInfo: {age: '41'}}, {additionalInfo: {state: 'CA'}}, {isHot: true}, {firstName: 'Bea'}]) {
      await suite.api.patch(path, patch);
    }
    // A last change that all of them want tells when they have had everything before it.
    await suite.api.patch(path, {firstName: 'Ann', isHot: false, additionalInfo: {state: 'NV'}});
    const versions = async ({receiver}) => (await receiver.until((all) => all.at(-1)?.version === 7, 'version 7')).map(({version}) => version);
    assert.deepEqual(await versions(by.all), [2, 3, 4, 5, 6, 7]);
    assert.deepEqual(await versions(by.fields), [4, 5, 7]);
    assert.deepEqual(await versions(by.below), [3, 4, 7]);
    assert.deepEqual(await versions(by.filter), [2, 7]);
  });

  test('An ed25519 secret signs what its public key verifies', async (t) => {
    const secret = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
    const {receiver, endpoint} = await subscribe(t, {events: ['lead.created'], secret});
    const {publicKey} = (await suite.api.get(`/v1/endpoints/${endpoint.id}/secret`)).body;
    await createLead();
    const [{headers, text, id}] = await receiver.count(1);
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey.slice(5), 'base64')]);
    const {createPublicKey, verify: verifyBytes} = await import('node:crypto');
    const [scheme, signature] = headers['webhook-signature'].split(',');
    assert.equal(scheme, 'v1a');
    assert.ok(verifyBytes(null, Buffer.from(`${id}.${headers['webhook-timestamp']}.${text}`),
      createPublicKey({key: der, format: 'der', type: 'spki'}), Buffer.from(signature, 'base64')));
  });

  test('Debian\'s webhook accepts the apten signature, and only with the right secret', async (t) => {
    const port = await freePort();
    const folder = temporaryFolder(t);
    const {endpoint, secret} = (await suite.api.post('/v1/endpoints', {
      url: `http://127.0.0.1:${port}/hooks/lead`, format: 'apten', events: ['lead.created'], state: 'paused',
    }, {status: 201})).body;
    t.after(() => suite.api.delete(`/v1/endpoints/${endpoint.id}`));
    const hook = (id, key) => ({
      id, 'execute-command': '/bin/true', 'response-message': `taken by ${id}`,
      'trigger-rule': {match: {type: 'payload-hmac-sha256', secret: key, parameter: {source: 'header', name: 'X-Signature-SHA256'}}},
    });
    writeFileSync(join(folder, 'hooks.json'), JSON.stringify([hook('lead', secret), hook('other', `${secret}x`)]));
    await startWebhook(t, folder, port);
    const send = async () => (await suite.api.post(`/v1/endpoints/${endpoint.id}/test`, {eventType: 'lead.created'})).body;
    const accepted = await send();
    assert.deepEqual([accepted.status, accepted.response], [200, 'taken by lead']);
    await suite.api.patch(`/v1/endpoints/${endpoint.id}`, {url: `http://127.0.0.1:${port}/hooks/other`});
    const refused = await send();
    assert.ok(refused.status >= 400 && !/taken/.test(refused.response), `${refused.status} ${refused.response}`);
  });
});

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const {port} = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Resolves once Debian's webhook serves the hooks of folder/hooks.json. */
function startWebhook(t, folder, port) {
  const child = spawn('webhook', ['-hooks', join(folder, 'hooks.json'), '-ip', '127.0.0.1', '-port', String(port), '-verbose'],
    {stdio: ['ignore', 'pipe', 'pipe']});
  t.after(() => child.kill());
  let output = '';
  return within(new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => { if (/serving hooks on/.test(output += text)) resolve(); });
    }
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`webhook ended with ${code}: ${output}`)));
  }), () => `Debian's webhook to serve: ${output}`);
}
