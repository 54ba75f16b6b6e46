// mango-vpbx, as its own README uses it, against the sandbox. The package has no setting for the address: it is the
// property `base` of its module `urls`, read at every request, and this is the only thing we set.
'use strict';

const http = require('http');
const { createRequire } = require('module');

const { PACKAGES, URL: url, KEY: key, SALT: salt, CONTROL: control, CALLEE: callee, COLLEAGUE: colleague } = process.env;
const install = createRequire(`${PACKAGES}/`);
const VPBX = install('mango-vpbx');
const express = createRequire(install.resolve('mango-vpbx'))('express');
const bodyParser = createRequire(install.resolve('mango-vpbx'))('body-parser');
install('mango-vpbx/src/urls').base = url;

function check(what, actual, expected) {
    const good = JSON.stringify(actual) === JSON.stringify(expected);
    console.log(good ? `ok mango-vpbx: ${what}` : `FAIL mango-vpbx: ${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

// The customer's own server, built from the package's handlers; the sandbox is told to post there.
function listen(vpbx) {
    const heard = [];
    const app = express();
    const events = vpbx.events('http://127.0.0.1/');
    app.use(bodyParser.urlencoded({ extended: false }));
    app.use(events.all);
    ['call', 'summary', 'callback'].forEach((event) => events.hear({ event }, (json) => heard.push({ event, json })));
    return new Promise((ready) => {
        const server = http.createServer(app).listen(0, '127.0.0.1', () => ready({ heard, server, port: server.address().port }));
    });
}

function order(path, json) {
    return new Promise((done, broken) => {
        const request = http.request(`${control}${path}`, { method: 'POST' }, (reply) => {
            reply.resume().on('end', () => done(reply.statusCode));
        });
        request.on('error', broken).end(JSON.stringify(json));
    });
}

async function until(what, found) {
    for (let left = 600; left > 0; left -= 1) {
        const value = found();
        if (value) return value;
        await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error(`never came: ${what}`);
}

async function main() {
    const vpbx = new VPBX(key, salt);
    const { heard, server, port } = await listen(vpbx);
    check('the sandbox takes the address for events', await order('events_to', { url: `http://127.0.0.1:${port}/` }), 200);

    const everybody = await vpbx.users();
    check('users succeeds', everybody.success, true);
    const me = everybody.users.find((user) => user.telephony.extension === '101') || {};
    check('the employee at 101 has the name that the sandbox gives', me.general && me.general.name, colleague);
    const numbers = me.telephony.numbers.map((number) => number.protocol);
    check('he is reached by SIP and by telephone', numbers, ['sip', 'tel']);

    const since = Math.floor(Date.now() / 1000) - 60;
    const made = await vpbx.call({ command_id: 'client-js-1', from: { extension: '101' }, to_number: callee });
    check('call is accepted', [made.success, made.result], [true, 1000]);
    const result = await until('result/callback', () => heard.find((e) => e.event === 'callback' && e.json.command_id === 'client-js-1'));
    check('result/callback says how it went', result.json.result, 1000);
    const calls = () => heard.filter((e) => e.event === 'call' && e.json.command_id === 'client-js-1').map((e) => e.json);
    const summary = await until('events/summary', () => heard.find((e) => e.event === 'summary' && calls().some((call) => call.entry_id === e.json.entry_id)));
    const entry = summary.json.entry_id;
    check('the callee was connected', calls().some((call) => call.call_state === 'Connected' && call.to.number === callee), true);
    check('the last word on the call is its end', calls().pop().call_state, 'Disconnected');

    // A wide period: the sandbox's clock runs ahead of ours.
    const period = { date_from: String(since), date_to: String(since + 86400) };
    const finished = await vpbx.stats({ ...period, fields: 'start,finish,answer,from_extension,to_number,disconnect_reason,entry_id' });
    check('stats succeeds', finished.success, true);
    const leg = finished.stats.find((row) => row[6] === entry && row[4] === callee) || [];
    check('the finished call is in the table, with who called whom', [leg[3], leg[4]], ['101', callee]);
    check('it was answered, and ended later', Number(leg[2]) > 0 && Number(leg[1]) > Number(leg[2]), true);
    check('it has a reason from the table of codes', ['1110', '1120'].includes(leg[5]), true);
    const answered = await vpbx.stats({ ...period, outgoing: true, success: true });
    check('the package\'s own filter finds it among answered outgoing calls', answered.stats.some((row) => row.includes(entry)), true);

    const stranger = await new VPBX(`not-${key}`, salt).users();
    check('a wrong key is HTTP 401', [stranger.success, stranger.code], [false, 401]);
    const forger = await new VPBX(key, `not-${salt}`).call({ from: { extension: '101' }, to_number: callee });
    check('a wrong salt is result 3102', [forger.success, forger.result], [false, 3102]);

    server.close();
}

main().then(() => process.exit(0));
