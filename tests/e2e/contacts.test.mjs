// Contacts from a client's point of view, in iClosed's shape.
import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {suiteServer} from './support.mjs';

describe('Contacts', () => {
  const suite = suiteServer();

  const create = async (input = {}) => (await suite.api.post('/v1/contacts', input)).body.data.contact;
  const read = async (id, query = '') => (await suite.api.get(`/v1/contacts/${id}${query}`)).body.data.contact;

  test('A contact is created and read back by path and by query', async () => {
    const {body, headers} = await suite.api.post('/v1/contacts', {firstName: 'Raya', email: 'zogiji@example.com'});
    const contact = body.data.contact;
    assert.equal(body.changed, true);
    assert.equal(headers.get('etag'), '"1"');
    assert.match(contact.previewId, /^contact_/);
    assert.equal(contact.joinedTime, contact.createdAt);
    assert.deepEqual(await read(contact.id), contact);
    assert.deepEqual((await suite.api.get(`/v1/contacts/detail?contactId=${contact.id}`)).body.data.contact, contact);
  });

  test('Contacts are numbered upwards, beyond what an import brought', async () => {
    const imported = await create({id: 1000, userId: 4, accountId: 3, createdAt: '2025-05-09T15:28:40.783Z', joinedTime: '2025-05-09T15:28:40.783Z'});
    assert.equal(imported.id, 1000);
    assert.equal(imported.createdAt, '2025-05-09T15:28:40.783Z');
    assert.equal(imported.joinedTime, '2025-05-09T15:28:40.783Z');
    assert.equal((await create()).id, 1001);
    const taken = (await suite.api.post('/v1/contacts', {id: 1000}, {status: 409})).body;
    assert.equal(taken.field, 'id');
    assert.equal(taken.other, '1000');
    const together = await Promise.all(Array.from({length: 20}, () => create()));
    assert.deepEqual(together.map((contact) => contact.id).sort((a, b) => a - b), Array.from({length: 20}, (_, i) => 1002 + i));
  });

  test('PATCH, PUT and PUT with the id in the body merge alike', async () => {
    const {id} = await create({firstName: 'Raya'});
    await suite.api.patch(`/v1/contacts/${id}`, {lastName: 'Fleming'});
    await suite.api.put(`/v1/contacts/${id}`, {country: 'PK'});
    const {body} = await suite.api.put('/v1/contacts', {id, status: 'QUALIFIED'});
    const {firstName, lastName, country, status, version} = body.data.contact;
    assert.deepEqual({firstName, lastName, country, status, version},
      {firstName: 'Raya', lastName: 'Fleming', country: 'PK', status: 'QUALIFIED', version: 4});
    const again = (await suite.api.put('/v1/contacts', {id, status: 'QUALIFIED'})).body;
    assert.deepEqual({changed: again.changed, version: again.version}, {changed: false, version: 4});
  });

  test('What never changes cannot be changed, and may be given as it is', async () => {
    const contact = await create({firstName: 'Raya'});
    const {id, createdAt, joinedTime} = contact;
    assert.equal((await suite.api.patch(`/v1/contacts/${id}`, {createdAt, joinedTime, firstName: 'Raya'})).body.changed, false);
    for (const field of ['createdAt', 'joinedTime']) {
      const refused = (await suite.api.patch(`/v1/contacts/${id}`, {[field]: '2020-01-01T00:00:00.000Z'}, {status: 422})).body;
      assert.equal(refused.field, field);
    }
    assert.equal((await suite.api.patch(`/v1/contacts/${id}`, {id: id + 5000}, {status: 422})).body.field, 'id');
  });

  test('The first attribution is written once', async () => {
    const {id} = await create({tracking: {utm_source: 'a', first_utm_source: 'a'}});
    const {body} = await suite.api.patch(`/v1/contacts/${id}`, {tracking: {utm_source: 'b'}});
    assert.deepEqual(body.data.contact.tracking, {utm_source: 'b', first_utm_source: 'a'});
    const refused = (await suite.api.patch(`/v1/contacts/${id}`, {tracking: {first_utm_source: 'b'}}, {status: 422})).body;
    assert.equal(refused.field, 'tracking.first_utm_source');
  });

  test('The two spellings of an answer follow each other', async () => {
    const {id} = await create({questionsAndAnswers: {'Email Address': 'a@example.com'}});
    assert.deepEqual((await read(id)).questionsAndAnswers,
      {'1_question': 'Email Address', '1_response': 'a@example.com', 'Email Address': 'a@example.com'});
    await suite.api.patch(`/v1/contacts/${id}`, {questionsAndAnswers: {'2_question': 'Budget', '2_response': '10k'}});
    await suite.api.patch(`/v1/contacts/${id}`, {questionsAndAnswers: {'1_response': 'b@example.com'}});
    const answers = (await read(id)).questionsAndAnswers;
    assert.equal(answers['Email Address'], 'b@example.com');
    assert.equal(answers.Budget, '10k');
    await suite.api.patch(`/v1/contacts/${id}`, {questionsAndAnswers: {Budget: null}});
    assert.deepEqual(Object.keys((await read(id)).questionsAndAnswers).sort(), ['1_question', '1_response', 'Email Address']);
  });

  test('Changes tell dotted paths with old and new, and ?at= shows what was', async () => {
    const contact = await create({status: 'POTENTIAL', latestCall: {dateTime: '2026-01-01T10:00:00Z', duration: 30}});
    await suite.api.patch(`/v1/contacts/${contact.id}`, {status: 'QUALIFIED', latestCall: {duration: 45}});
    const {changes} = (await suite.api.get(`/v1/contacts/${contact.id}/changes`)).body;
    assert.deepEqual(changes[1].changes, {status: {old: 'POTENTIAL', new: 'QUALIFIED'}, 'latestCall.duration': {old: 30, new: 45}});
    assert.deepEqual(changes.map((change) => change.events.map((event) => event.type)), [['newContactCreated'], ['contactUpdated']]);
    assert.equal(changes[0].id, contact.id);
    await suite.api.get(`/v1/contacts/${contact.id}?at=2020-01-01T00:00:00Z`, {status: 404});
    assert.equal((await read(contact.id, '?at=2099-01-01T00:00:00Z')).status, 'QUALIFIED');
  });

  test('A deleted contact can be read, is not listed and takes no more updates', async () => {
    const {id} = await create({firstName: 'Leaves'});
    const deleted = (await suite.api.delete(`/v1/contacts/${id}`)).body;
    assert.match(deleted.data.contact.deletedAt, /Z$/);
    assert.equal((await suite.api.delete(`/v1/contacts/${id}`)).body.changed, false);
    assert.equal((await read(id)).deletedAt, deleted.data.contact.deletedAt);
    await suite.api.patch(`/v1/contacts/${id}`, {firstName: 'Back'}, {status: 404});
    assert.deepEqual((await suite.api.get('/v1/contacts?search=leaves')).body.data.contacts, []);
  });

  test('A repeated Idempotency-Key makes one contact', async () => {
    const key = {headers: {'idempotency-key': 'contact-1'}};
    const [first, second] = [await suite.api.post('/v1/contacts', {firstName: 'Once'}, key), await suite.api.post('/v1/contacts', {firstName: 'Once'}, key)];
    assert.equal(second.text, first.text);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
  });

  test('If-Match guards updates and deletion', async () => {
    const {id} = await create();
    await suite.api.patch(`/v1/contacts/${id}`, {firstName: 'A'}, {headers: {'if-match': '"1"'}});
    await suite.api.patch(`/v1/contacts/${id}`, {firstName: 'B'}, {headers: {'if-match': '"1"'}, status: 412});
    await suite.api.put('/v1/contacts', {id, firstName: 'B'}, {headers: {'if-match': '"1"'}, status: 412});
    await suite.api.delete(`/v1/contacts/${id}`, {headers: {'if-match': '"1"'}, status: 412});
  });
});

describe('The list of contacts', () => {
  const suite = suiteServer();
  before(async () => {
    const people = [['Ada', 'QUALIFIED', '2026-01-01'], ['Bea', 'POTENTIAL', '2026-02-01'], ['Cleo', 'QUALIFIED', '2026-03-01'],
      ['Dora', 'DISQUALIFIED', '2026-04-01'], ['Adele', 'POTENTIAL', '2026-05-01']];
    for (const [firstName, status, day] of people) {
      await suite.api.post('/v1/contacts', {firstName, status, email: `${firstName.toLowerCase()}@example.com`, joinedTime: `${day}T00:00:00.000Z`});
    }
  });

  const names = async (query) => {
    const found = [];
    for (let next = '';;) {
      const {data, nextToken} = (await suite.api.get(`/v1/contacts?limit=2${query}${next}`)).body;
      found.push(...data.contacts.map((contact) => contact.firstName));
      if (nextToken === null) return found;
      next = `&nextToken=${encodeURIComponent(nextToken)}`;
    }
  };

  test('It pages by number', async () => assert.deepEqual(await names(''), ['Ada', 'Bea', 'Cleo', 'Dora', 'Adele']));
  test('It searches whatever the case', async () => assert.deepEqual(await names('&search=AD'), ['Ada', 'Adele']));
  test('It filters by status', async () =>
    assert.deepEqual(await names('&statuses=QUALIFIED,DISQUALIFIED'), ['Ada', 'Cleo', 'Dora']));
  test('It filters by joining time, bounds included', async () =>
    assert.deepEqual(await names('&timeFrom=2026-02-01T00:00:00Z&timeTo=2026-04-01T00:00:00Z'), ['Bea', 'Cleo', 'Dora']));
});
