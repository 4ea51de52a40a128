// Following the log: pages, long poll, server-sent events.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {checkNamed} from './contract.mjs';
import {suiteServer, newPhone, within} from './support.mjs';

/** Server-sent events of a response, as {id, event, data}; comments are left out. */
async function* events(response) {
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const lines = text.slice(0, end).split('\n').filter((line) => line && !line.startsWith(':'));
      if (lines.length) yield Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    }
  }
}

describe('The log of an account', () => {
  const suite = suiteServer();

  const createLead = async () => (await suite.api.post('/v1/leads/create', {phone: newPhone()})).body.id;
  const latest = async () => (await suite.api.get('/v1/changes?after=latest')).body.next;
  const after = (cursor, query = '') => suite.api.get(`/v1/changes?after=${encodeURIComponent(cursor)}${query}`).then((answer) => answer.body);

  async function follow(t, query, headers = {}) {
    const aborter = new AbortController();
    t.after(() => aborter.abort());
    const response = await within(fetch(`${suite.server.url}/v1/changes${query}`, {
      headers: {accept: 'text/event-stream', authorization: `Bearer ${suite.api.key}`, ...headers}, signal: aborter.signal,
    }), 'the stream');
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type'), /^text\/event-stream/);
    const stream = events(response);
    return async () => {
      const {value} = await within(stream.next(), 'a server-sent event');
      assert.equal(value.event, 'change');
      const change = JSON.parse(value.data);
      checkNamed('Change', change);
      assert.equal(value.id, change.cursor);
      return change;
    };
  }

  test('Pages go on from cursors, without a gap or a repeat, in the order of commits', async () => {
    const start = await latest();
    const ids = [];
    for (let i = 0; i < 7; i++) ids.push(await createLead());
    const seen = [];
    for (let cursor = start;;) {
      const page = await after(cursor, '&limit=3');
      if (page.changes.length === 0) break;
      seen.push(...page.changes);
      assert.equal(page.next, page.changes.at(-1).cursor);
      cursor = page.next;
    }
    assert.deepEqual(seen.map((change) => change.id), ids);
    const middle = await after(seen[3].cursor);
    assert.deepEqual(middle.changes.map((change) => change.id), ids.slice(4));
  });

  test('From the beginning without a cursor, from now with latest', async () => {
    await createLead();
    assert.equal((await suite.api.get('/v1/changes?limit=1')).body.changes[0].version, 1);
    assert.deepEqual((await suite.api.get('/v1/changes?after=latest')).body.changes, []);
  });

  test('The kind narrows it', async () => {
    const start = await latest();
    const lead = await createLead();
    const contact = (await suite.api.post('/v1/contacts', {})).body.data.contact.id;
    const ids = async (query) => (await after(start, query)).changes.map((change) => change.id);
    assert.deepEqual(await ids(''), [lead, contact]);
    assert.deepEqual(await ids('&kind=lead,contact'), [lead, contact]);
    assert.deepEqual(await ids('&kind=lead'), [lead]);
    assert.deepEqual(await ids('&kind=contact'), [contact]);
  });

  test('A long poll answers when something happens', async () => {
    const waiting = after(await latest(), '&wait=30');
    const id = await createLead();
    const page = await waiting;
    assert.deepEqual(page.changes.map((change) => change.id), [id]);
  });

  test('A long poll in which nothing happens ends with the place to go on from', async () => {
    const cursor = await latest();
    const page = await after(cursor, '&wait=1');
    assert.deepEqual(page.changes, []);
    const id = await createLead();
    assert.deepEqual((await after(page.next)).changes.map((change) => change.id), [id]);
  });

  test('A long poll is not woken by kinds that were not asked for', async () => {
    const waiting = after(await latest(), '&wait=30&kind=contact');
    await createLead();
    const contact = (await suite.api.post('/v1/contacts', {})).body.data.contact.id;
    assert.deepEqual((await waiting).changes.map((change) => change.id), [contact]);
  });

  test('A stream tells changes as they happen and resumes after Last-Event-ID', async (t) => {
    const next = await follow(t, '?after=latest');
    const ids = [await createLead(), await createLead(), await createLead()];
    const changes = [await next(), await next(), await next()];
    assert.deepEqual(changes.map((change) => change.id), ids);
    const resumed = await follow(t, '?after=latest', {'last-event-id': changes[0].cursor});
    assert.deepEqual([(await resumed()).id, (await resumed()).id], ids.slice(1));
  });

  test('A stream from the beginning is the same as the pages', async (t) => {
    const all = await suite.api.allChanges();
    const next = await follow(t, '');
    for (const change of all) assert.deepEqual(await next(), change);
  });

  test('The log tells of a record what its audit trail tells', async () => {
    const start = await latest();
    const id = await createLead();
    await suite.api.patch(`/v1/leads/${id}`, {additionalInfo: {insuranceProvider: 'Aetna'}});
    await suite.api.patch(`/v1/leads/${id}`, {additionalInfo: {insuranceProvider: null}});
    const {changes} = await after(start);
    assert.deepEqual(changes.slice(1).map((change) => change.changes), [
      {'additionalInfo.insuranceProvider': {new: 'Aetna'}}, {'additionalInfo.insuranceProvider': {old: 'Aetna'}}]);
    const trail = (await suite.api.get(`/v1/leads/${id}/changes`)).body.changes;
    assert.deepEqual(changes.map(({cursor, ...change}) => change), trail);
  });
});
