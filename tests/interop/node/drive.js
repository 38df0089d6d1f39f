// Lets the client library make calls, one after the other, and writes what its callbacks were given.
//
//     node drive.js FOLDER < WISHES
//
// FOLDER holds node_modules. WISHES is JSON: service (address before "api"), app, secret, and calls: [name, ...values].
// A call whose name begins with "=" returns its value at once instead of calling back. A value {"unset": true} stands
// for undefined. The answer is a JSON list of [error message or null, data].
"use strict";

const fs = require("fs");
const path = require("path");

const Client = require(path.join(process.argv[2], "node_modules", "scormcloud-api-wrapper"));
const wishes = JSON.parse(fs.readFileSync(0, "utf8"));
const client = new Client(wishes.app, wishes.secret);
client.serviceUrl = wishes.service;

const given = (value) => (value && value.unset ? undefined : value);
const call = ([name, ...values]) =>
  new Promise((resolve) => {
    if (name.startsWith("=")) {
      resolve([null, client[name.slice(1)](...values.map(given))]);
      return;
    }
    client[name](...values.map(given), (error, data) => resolve([error ? error.message : null, data ?? null]));
  });

(async () => {
  const answers = [];
  for (const wish of wishes.calls) answers.push(await call(wish));
  process.stdout.write(JSON.stringify(answers));
})();
