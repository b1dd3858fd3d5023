// The Node library, told a call a line: {"way": "messages({})", "values": ["SM…"], "method": "fetch", "fields": {}}.
// Before it stand the lines of docs/sandbox.md that make `client` and lead it to the sandbox.

const camel = (name) => name.replace(/_+$/, "").replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

async function call({ way, values, method, fields }) {
  let found = client;
  for (const [, name, called] of way.matchAll(/(\w+)((?:\([{}, ]*\))?)/g)) {
    const next = found[camel(name)];
    found = called ? next.apply(found, values.splice(0, called.split("{}").length - 1)) : next;
  }
  const given = fields.json ?? Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value]));
  const verb = method === "delete" ? "remove" : method;
  const result = await (Object.keys(given).length ? found[verb](given) : found[verb]());
  return JSON.parse(JSON.stringify(result));
}

(async () => {
  for await (const line of require("readline").createInterface({ input: process.stdin })) {
    let said;
    try {
      said = { result: await call(JSON.parse(line)) };
    } catch (error) {
      said = { refused: { status: error.status ?? 0, code: error.code ?? 0, message: String(error.message) } };
    }
    process.stdout.write(JSON.stringify(said) + "\n");
  }
})();
