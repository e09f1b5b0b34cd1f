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

function announce(name, detail) {
  document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
}

const receive = {
  hello() {
    // Something may have happened while nobody listened.
    if (failures > 0) announce("live:poll");
    failures = 0;
    stopPolling();
    document.documentElement.dataset.live = "on";
  },
  trade(frame) {
    announce(`live:trade-${frame.id}`, frame);
    announce("live:trade", frame);
  },
  notification(frame) {
    showUnread(frame.unread);
    announce("live:notification", frame);
  },
};

function showUnread(count) {
  for (const badge of document.querySelectorAll("[data-unread]")) {
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
    syncing = setInterval(() => send({ type: "sync", heads: {} }), SYNC_EVERY * (0.9 + Math.random() / 5));
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

export function send(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function startPolling() {
  polling ??= setInterval(() => document.hidden || announce("live:poll"), POLL_EVERY);
}

function stopPolling() {
  clearInterval(polling);
  polling = undefined;
}

connect();
