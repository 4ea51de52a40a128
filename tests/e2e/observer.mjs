// Asks `deltapost observe` what became of events and records: the state as a suite from outside may see it.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {binary, environment, within} from './support.mjs';

export class Observer {
  /** Ends with the test; a server that was started again needs a new one. */
  static start(t, {server, key}) {
    const observer = new Observer();
    observer.process = spawn(binary, ['observe', '--url', server.url], {env: {...environment(), DELTAPOST_KEY: key}, stdio: ['pipe', 'pipe', 'inherit']});
    observer.process.stdin.on('error', () => {});
    observer.waiting = [];
    createInterface({input: observer.process.stdout}).on('line', (line) => observer.waiting.shift()(JSON.parse(line)));
    t?.after(() => observer.stop());
    return observer;
  }

  stop() { this.process.kill(); }

  /** A question: an object, or the text of a line. */
  ask(question) {
    const answer = new Promise((resolve) => this.waiting.push(resolve));
    this.process.stdin.write(`${typeof question === 'string' ? question : JSON.stringify(question)}\n`);
    return within(answer, `the observer's answer to ${JSON.stringify(question)}`);
  }

  /** The verdicts on an event, oldest first, once it is certain that they agree with the counts. */
  async verdicts(event, sender) {
    const {receipts, processed, verdicts, error} = await this.ask({event, source: sender.id});
    assert.equal(error, undefined);
    assert.equal(receipts, verdicts.length);
    assert.equal(processed, verdicts.filter((verdict) => verdict === 'accepted').length);
    return verdicts;
  }

  /** A lead's field; undefined when there is no such lead. */
  async field(id, field) {
    const {exists, value = null, error} = await this.ask({kind: 'lead', id, field});
    assert.equal(error, undefined);
    return exists ? value : undefined;
  }

  /** [old, new] of each time that a lead's field changed. */
  async transitions(id, field) {
    const {transitions, error} = await this.ask({kind: 'lead', id, transitions: field});
    assert.equal(error, undefined);
    return transitions.map(({old = null, new: now = null}) => [old, now]);
  }
}
