// The desktop app around a kiosk's page, for a browser: `app` says how it stands, `asked` what the page asked for.
const app = {
  token: '__TOKEN__', me: __ME__, printer: null, away: false, locked: 0, disk: null, given: 0, asked: [],
};
window.app = app;
const calls = {
  ListBranches: ['GET', () => '/api/v1/branches'],
  ListServices: ['GET', ([branch]) => `/api/v1/branches/${branch}/services`],
  JoinQueue: ['POST', () => '/api/v1/queue/join'],
  CheckIn: ['POST', ([branch]) => `/api/v1/branches/${branch}/check-in`],
};
const fault = code => ({ code, message: code });
const answers = {
  'plugin:event|listen': () => 1,
  resume: () => {
    if (app.locked-- > 0) throw fault('keyring_locked');
    return { state: 'signed_in', me: app.me };
  },
  follow: ({ topic }) => setTimeout(() => window._told({ payload: { type: 'online', online: true } })),
  unfollow: () => null,
  kiosk_prints: () => app.printer !== null,
  kiosk_print: () => { if (app.printer) throw fault(app.printer); },
  kiosk_give: () => {
    app.given += 1;
    return { id: `0190000000007000800000000000000${app.given}`, label: `KA-00${app.given}` };
  },
  kiosk_settle: () => { if (app.disk) throw fault(app.disk); },
  call: async ({ request: { name, parameters, request } }) => {
    if (app.away) throw fault('offline');
    const [method, path] = calls[name];
    const answer = await fetch(path(parameters), {
      method,
      headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json',
        'idempotency-key': Math.random().toString() },
      body: method === 'GET' ? undefined : JSON.stringify(request),
    });
    if (!answer.ok) throw await answer.json();
    return answer.text();
  },
};
window.__TAURI_INTERNALS__ = {
  transformCallback: told => { window._told = told; return 1; },
  invoke: async (command, args) => {
    app.asked.push([command, args]);
    return (await answers[command](args)) ?? null;
  },
};
