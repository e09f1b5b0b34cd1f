// The live socket: a hint that something changed, never the thing itself. What it says is fetched
// from the server again, so a lost frame costs a moment and nothing else. Without the socket, after
// three failures, the page asks every 20 seconds instead.

const SYNC_EVERY = 45_000;
const POLL_EVERY = 20_000;
const TRIES_BEFORE_POLLING = 3;
const FINAL = new Set([4401, 4403]); // signed out, or asked to leave: another try would be refused too

let socket;
let failures = 0;
let syncing;
let polling;
const heads = {}; // of the conversations that this page shows: the last number it has applied

function announce(name, detail) {
  document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
}

const receive = {
  hello() {
    // Something may have happened while nobody listened.
    if (failures > 0) {
      announce("live:poll");
      countUnread();
    }
    failures = 0;
    stopPolling();
    document.documentElement.dataset.live = "on";
  },
  trade(frame) {
    announce("live:trade", frame);
  },
  notification(frame) {
    showUnread(frame.unread);
    announce("live:notification", frame);
  },
  event: chatted,
  read: chatted,
  presence: chatted,
};

let counting;

// Something about conversations is not as it was: lists of them follow, and the number beside the inbox.
function chatted(frame) {
  announce("live:chat", frame);
  if (frame.type === "presence") return;
  clearTimeout(counting);
  counting = setTimeout(countUnread, 300);
}

async function countUnread() {
  const answer = await fetch("/inbox/unread/", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  showCount("[data-unread-chats]", Number(await answer.text()));
}

function showUnread(count) {
  showCount("[data-unread]", count);
}

function showCount(badges, count) {
  for (const badge of document.querySelectorAll(badges)) {
    badge.firstChild.textContent = String(count);
    badge.hidden = count === 0;
  }
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/ws/me/`);
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(data);
    receive[frame.type]?.(frame);
    announce("live:frame", frame);
  });
  socket.addEventListener("open", () => {
    syncing = setInterval(() => send({ type: "sync", heads }), SYNC_EVERY * (0.9 + Math.random() / 5));
  });
  socket.addEventListener("close", ({ code }) => {
    clearInterval(syncing);
    delete document.documentElement.dataset.live;
    failures += 1;
    if (FINAL.has(code)) return;
    if (failures >= TRIES_BEFORE_POLLING) startPolling();
    // Full jitter: after a restart not everybody comes back in the same second.
    setTimeout(connect, 1_000 + Math.random() * Math.min(29_000, 1_000 * 2 ** failures));
  });
}

function send(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function startPolling() {
  polling ??= setInterval(poll, POLL_EVERY);
}

function poll() {
  if (document.hidden) return;
  announce("live:poll");
  countUnread();
}

function stopPolling() {
  clearInterval(polling);
  polling = undefined;
}

// Pages follow: one that shows the trade, or a list of trades, is fetched anew. Not while it is out
// of sight (a look would count as one), and not under the hands of somebody who is writing.
let due;

function follows({ id, status, version } = {}) {
  const shown = document.querySelector(`#main [data-trade="${id}"][data-version]`);
  if (shown) return Number(shown.dataset.version) < version || !document.querySelector(`[data-status="${status}"]`);
  return document.querySelector(`#main [data-live="trades"], #main [data-trade="${id}"]`) !== null;
}

function refreshSoon() {
  clearTimeout(due);
  due = setTimeout(refresh, 150);
}

function refresh() {
  if (document.hidden) return;
  const writing = document.querySelector("#main dialog[open], #main :is(input, textarea, select):focus");
  if (writing) offerToShow();
  else show();
}

async function show() {
  due = undefined;
  await htmx.ajax("GET", location.href, { target: "#main > .wrap", select: "#main > .wrap", swap: "outerHTML show:none" });
  announce("toast", { text: document.getElementById("toasts").dataset.changed });
}

function offerToShow() {
  const toasts = document.getElementById("toasts");
  if (toasts.querySelector("[data-show-change]")) return;
  announce("toast", { text: toasts.dataset.changed, tone: "warn" });
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.dataset.showChange = "";
  button.textContent = toasts.dataset.show;
  button.addEventListener("click", () => location.reload());
  toasts.lastElementChild.append(button);
}

// The page's other scripts speak through it by events: there is one socket, whoever loads what.
document.body.addEventListener("live:send", ({ detail }) => send(detail));
document.body.addEventListener("live:head", ({ detail }) => (heads[detail.conversation] = detail.seq));
document.body.addEventListener("live:trade", ({ detail }) => follows(detail) && refreshSoon());
document.body.addEventListener("live:poll", () => document.querySelector("#main [data-trade], #main [data-live]") && refreshSoon());
document.addEventListener("visibilitychange", () => due && refresh());

// Who signs out leaves no drafts behind for the next one at this screen.
document.addEventListener("submit", ({ target }) => {
  // Not `.action`: where a field is called so, that is the field.
  if (!target.getAttribute("action")?.endsWith("/accounts/logout/")) return;
  for (const key of Object.keys(localStorage)) if (key.startsWith("chat:")) localStorage.removeItem(key);
});

connect();
