// A single-page app that signs in at Chabi: authorization code with PKCE, and nothing but what browsers bring.
// Read it from `start` downwards; copy what you need.

const { issuer, clientId, scope } = document.body.dataset;
const redirectUri = `${issuer}/demo/callback`;
const home = `${issuer}/demo`;
const api = `${issuer}/demo/api/notes`;
const element = (id) => document.getElementById(id);

// ---- start ---------------------------------------------------------------------------------------------------------

async function start() {
  element("demo-sign-in").addEventListener("click", guarded(signIn));
  element("demo-call-api").addEventListener("click", guarded(() => callApi("GET")));
  element("demo-refresh").addEventListener("click", guarded(async () => { await refresh(); show("The token was refreshed."); }));
  element("demo-logout").addEventListener("click", guarded(logOut));
  element("note-form").addEventListener("submit", (event) => { event.preventDefault(); guarded(addNote)(); });
  // Another tab signed in, refreshed or logged out: follow it.
  window.addEventListener("storage", (event) => { if (event.key === "demo.tokens") show(); });

  if (location.pathname.endsWith("/callback")) {
    await finishSignIn(new URLSearchParams(location.search));
  } else if (new URLSearchParams(location.search).has("state")) {
    finishLogOut(new URLSearchParams(location.search));
  } else {
    show();
  }
}

// ---- signing in ----------------------------------------------------------------------------------------------------

async function signIn() {
  const pending = { state: random(), nonce: random(), verifier: random() };
  // In this tab only, and only until the answer is here.
  sessionStorage.setItem("demo.pending", JSON.stringify(pending));
  const { authorization_endpoint } = await metadata();
  const query = new URLSearchParams({
    response_type: "code", client_id: clientId, redirect_uri: redirectUri, scope,
    state: pending.state, nonce: pending.nonce,
    code_challenge: await sha256(pending.verifier), code_challenge_method: "S256",
  });
  location.assign(`${authorization_endpoint}?${query}`);
}

async function finishSignIn(answer) {
  const pending = JSON.parse(sessionStorage.getItem("demo.pending") ?? "null");
  sessionStorage.removeItem("demo.pending");
  // The code leaves the address bar and the history at once.
  history.replaceState(null, "", home);
  if (!pending || answer.get("state") !== pending.state) throw new Error("This answer belongs to no sign-in of this tab (state).");
  if (answer.get("iss") !== issuer) throw new Error("This answer comes from another server (iss).");
  if (answer.has("error")) throw new Error(`${answer.get("error")}: ${answer.get("error_description") ?? "signing in did not succeed"}`);

  const tokens = await askForTokens({
    grant_type: "authorization_code", code: answer.get("code"), redirect_uri: redirectUri, code_verifier: pending.verifier,
  });
  await checkIdToken(tokens, pending.nonce);
  keep(tokens);
  show("Signed in.");
}

// The token came straight from the token endpoint, so its sender is known; what must be checked is that it is meant for us, now.
async function checkIdToken({ id_token, access_token }, nonce) {
  const { payload } = parts(id_token);
  const audiences = [payload.aud].flat();
  if (payload.iss !== issuer) throw new Error("The ID token comes from another server (iss).");
  if (!audiences.includes(clientId)) throw new Error("The ID token is for another app (aud).");
  if (payload.nonce !== nonce) throw new Error("The ID token answers another sign-in (nonce).");
  if (payload.exp * 1000 < Date.now() - 60_000) throw new Error("The ID token has expired (exp).");
  if (payload.at_hash && payload.at_hash !== (await sha256(access_token, 16))) throw new Error("The access token was swapped (at_hash).");
}

// ---- tokens --------------------------------------------------------------------------------------------------------

async function askForTokens(parameters) {
  const { token_endpoint } = await metadata();
  const answer = await fetch(token_endpoint, { method: "POST", body: new URLSearchParams({ client_id: clientId, ...parameters }) });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(`${body.error ?? answer.status}: ${body.error_description ?? "no tokens"}`), { code: body.error });
  return body;
}

// All tabs of this demo share one set of tokens, so that they refresh once between them. A script in this page could read them;
// the page's policy lets no foreign script in. Where that is not enough, keep tokens on a server of your own.
const stored = () => JSON.parse(localStorage.getItem("demo.tokens") ?? "null");
const keep = (tokens) => localStorage.setItem("demo.tokens", JSON.stringify(tokens));

// One refresh at a time over all tabs: whoever waited finds that somebody else has done it.
async function refresh() {
  const before = stored()?.refresh_token;
  const once = async () => {
    const current = stored();
    if (!current?.refresh_token) throw new Error("There is no refresh token: sign in again.");
    if (current.refresh_token !== before) return current;
    try {
      const fresh = { ...current, ...(await askForTokens({ grant_type: "refresh_token", refresh_token: current.refresh_token })) };
      keep(fresh);
      return fresh;
    } catch (error) {
      // Taken back or expired: signing in again is the only way on. Anything else may pass by itself.
      if (error.code === "invalid_grant") localStorage.removeItem("demo.tokens");
      throw error;
    }
  };
  return navigator.locks ? navigator.locks.request("demo-refresh", once) : once();
}

// ---- the API -------------------------------------------------------------------------------------------------------

async function callApi(method, body) {
  const send = ({ access_token }) => fetch(api, {
    method,
    headers: { authorization: `Bearer ${access_token}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  let answer = await send(stored() ?? {});
  // Access tokens are short-lived: refresh, and try once more.
  if (answer.status === 401) answer = await send(await refresh());
  const text = await answer.text();
  let shown = text;
  try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it is */ }
  show(answer.ok ? "The API accepted the token." : `The API answered ${answer.status}.`, answer.ok ? undefined : "error");
  const challenge = answer.headers.get("www-authenticate");
  element("api-answer").dataset.status = answer.status;
  element("api-answer").textContent = [`${answer.status} ${answer.statusText}`, challenge && `WWW-Authenticate: ${challenge}`, "", shown]
    .filter((line) => line !== null).join("\n");
  return answer.ok;
}

async function addNote() {
  const input = element("note-text");
  if (await callApi("POST", { text: input.value })) {
    input.value = "";
    await callApi("GET");
  }
}

// ---- logging out ---------------------------------------------------------------------------------------------------

async function logOut() {
  const { end_session_endpoint } = await metadata();
  const tokens = stored();
  localStorage.removeItem("demo.tokens");
  const state = random();
  sessionStorage.setItem("demo.logout", state);
  const query = new URLSearchParams({
    client_id: clientId, post_logout_redirect_uri: home, state, ...(tokens?.id_token && { id_token_hint: tokens.id_token }),
  });
  location.assign(`${end_session_endpoint}?${query}`);
}

function finishLogOut(answer) {
  const expected = sessionStorage.getItem("demo.logout");
  sessionStorage.removeItem("demo.logout");
  history.replaceState(null, "", home);
  show(answer.get("state") === expected && !stored() ? "Logged out." : undefined);
}

// ---- showing -------------------------------------------------------------------------------------------------------

function show(message, state) {
  const tokens = stored();
  const signedIn = Boolean(tokens);
  element("demo-sign-in").hidden = signedIn;
  for (const id of ["demo-call-api", "demo-refresh", "demo-logout", "signed-in"]) element(id).hidden = !signedIn;
  const status = element("demo-status");
  status.dataset.state = state ?? (signedIn ? "signed-in" : "signed-out");
  const who = signedIn ? parts(tokens.id_token).payload : {};
  status.textContent = [message, signedIn ? `You are ${who.name ?? who.email ?? who.sub}.` : "You are not signed in."].filter(Boolean).join(" ");
  if (!signedIn) return;
  showToken("access-token", tokens.access_token);
  showToken("id-token", tokens.id_token);
  const { exp } = parts(tokens.access_token).payload;
  element("access-token-ends").textContent = exp ? `until ${new Date(exp * 1000).toLocaleTimeString()}` : "";
}

function showToken(name, token) {
  const { header, payload, signature } = parts(token);
  element(`${name}-header`).textContent = JSON.stringify(header, null, 2);
  element(`${name}-payload`).textContent = JSON.stringify(payload, null, 2);
  element(`${name}-signature`).textContent = signature;
}

// The three parts of a JWT. An opaque token has none: its text is shown in place of the signature.
function parts(token) {
  const segments = (token ?? "").split(".");
  if (segments.length !== 3) return { header: {}, payload: {}, signature: token ?? "" };
  const json = (segment) => JSON.parse(new TextDecoder().decode(bytes(segment)));
  return { header: json(segments[0]), payload: json(segments[1]), signature: segments[2] };
}

// Runs something that a button began; what goes wrong is said on the page.
const guarded = (action) => async () => {
  try {
    await action();
  } catch (error) {
    show(error.message, "error");
  }
};

// ---- small things --------------------------------------------------------------------------------------------------

let known;
async function metadata() {
  known ??= fetch(`${issuer}/.well-known/openid-configuration`).then((answer) => answer.json());
  const document = await known.catch((error) => { known = undefined; throw error; });
  if (document.issuer !== issuer) throw new Error("The server calls itself by another name (issuer).");
  return document;
}

const base64url = (array) => btoa(String.fromCharCode(...array)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function sha256(text, length = 32) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return base64url(new Uint8Array(hash).slice(0, length));
}

await guarded(start)();
