// One open conversation. The server's log is the truth: whatever is told, by a frame, by a number that
// is higher than ours or by the clock, only makes one loop ask for what came after the last number it
// has applied. So nothing is lost, doubled or out of order, however often the socket is cut. Without
// this script the same form posts, and the same page shows what was said.

const TYPING_EVERY = 5_000;
const TYPING_SHOWN = 8_000;
const ACTIVE_EVERY = 30_000;
const AGAIN_AFTER = 3_000;
const PATIENCE = 15_000; // for an answer to a message
const NEAR_END = 48; // pixels
const PART = { "HX-Request": "true" };

const byId = (id) => document.getElementById(id);
const log = byId("log");
const scroller = log.closest(".chat-scroll");
const inner = scroller.firstElementChild;
const pending = byId("pending");
const typing = byId("typing");
const toEnd = byId("to-end");
const sheet = byId("sheet");
const { conversation, reader, partner } = log.dataset;
const isStill = "still" in log.dataset; // an older stretch that somebody looked up
const here = `/inbox/${conversation}/`;
let head = Number(log.dataset.head);
let ownRead = Number(log.dataset.ownRead);

const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { detail }));
const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;
const isWatched = () => !document.hidden && document.hasFocus();

// --- what happened

let isAsked = false;
let asking = null;

// Resolves to whether everything that there was when it was called has been applied.
function catchUp() {
  isAsked = true;
  asking ??= ask();
  return asking;
}

async function ask() {
  let isUpToDate = true;
  try {
    while (isAsked) {
      isAsked = false;
      const answer = await fetch(`${here}since/?after=${head}`, { headers: PART, signal: AbortSignal.timeout(PATIENCE) });
      if (answer.redirected) break; // signed out
      if (!answer.ok) throw new Error(answer.statusText);
      apply(await answer.text());
    }
  } catch {
    isUpToDate = false;
    setTimeout(catchUp, AGAIN_AFTER);
  }
  asking = null;
  return isUpToDate;
}

function apply(markup) {
  const parsed = document.createElement("template");
  parsed.innerHTML = markup;
  const news = parsed.content.firstElementChild;
  const wasAtEnd = isAtEnd();
  const height = inner.offsetHeight;
  let added = 0;
  for (const line of news.querySelectorAll(":scope > .said")) added += place(line);
  if (added && !wasAtEnd) scroller.scrollTop -= inner.offsetHeight - height;
  if (added) toEnd.hidden = wasAtEnd;
  if (news.querySelector(".told")) refreshTrade();
  const closed = news.querySelector("#closed");
  if (closed) compose?.isConnected && compose.replaceWith(closed);
  showReceipts(Number(news.dataset.read));
  head = Number(news.dataset.head);
  tell("live:head", { conversation, seq: head });
  isAsked ||= "more" in news.dataset;
  readSoon();
}

// A line that is here already is as it is now; a new one goes to the end. One that is neither was
// said before what this page shows. Returns whether somebody else said something new.
function place(line) {
  const shown = byId(line.id);
  if (shown) {
    shown.replaceWith(line);
    return false;
  }
  if (isStill || Number(line.dataset.seq) <= head) return false;
  log.append(line);
  const own = line.dataset.client && pendingOf(line.dataset.client);
  if (line.dataset.client) forget(line.dataset.client);
  if (!line.matches(".mine")) showTyping(false);
  return !own;
}

function showReceipts(seq) {
  for (const line of log.querySelectorAll(".said.mine:not([data-is-read])")) {
    if (Number(line.dataset.seq) > seq) break;
    line.dataset.isRead = "";
    line.querySelector(".receipt")?.replaceChildren(byId("receipt-read").content.cloneNode(true));
  }
}

function refreshTrade() {
  const pinned = byId("pinned");
  if (!pinned.querySelector("dialog[open]")) pinned.dispatchEvent(new CustomEvent("chat:trade"));
}

// --- where the reader is

// The log hangs from its end: 0 is the newest line, and older ones are at negative offsets.
const isAtEnd = () => scroller.scrollTop > -NEAR_END;

let isMarking = false;

async function readSoon() {
  if (isStill || isMarking || !isWatched() || !isAtEnd()) return;
  const seq = Number([...log.querySelectorAll(".said:not(.mine)")].at(-1)?.dataset.seq ?? 0);
  if (seq <= ownRead) return;
  isMarking = true;
  const body = new URLSearchParams({ csrfmiddlewaretoken: token(), seq });
  const answer = await fetch(`${here}read/`, { method: "POST", headers: PART, body }).catch(() => null);
  isMarking = false;
  if (!answer?.ok) return;
  ownRead = seq;
  readSoon();
}

scroller.addEventListener("scroll", () => {
  if (!isAtEnd()) return;
  toEnd.hidden = true;
  readSoon();
});
toEnd.addEventListener("click", () => {
  scroller.scrollTo({ top: 0, behavior: "smooth" });
  field?.focus();
});

function showUp() {
  if (!isWatched()) return;
  tell("live:send", { type: "active", conversation: Number(conversation) });
  readSoon();
}
addEventListener("focus", showUp);
document.addEventListener("visibilitychange", showUp);
setInterval(showUp, ACTIVE_EVERY);

// Older lines are no news: they come without being read aloud.
document.body.addEventListener("htmx:beforeSwap", ({ target }) => {
  if (target.id === "older") log.setAttribute("aria-live", "off");
});
document.body.addEventListener("htmx:afterSettle", () => setTimeout(() => log.removeAttribute("aria-live"), 500));

// --- what frames say

let typingEnds;

function showTyping(isTyping) {
  clearTimeout(typingEnds);
  typing.hidden = !isTyping;
  if (isTyping) typingEnds = setTimeout(showTyping, TYPING_SHOWN, false);
}

function showPresence({ user, state }) {
  for (const mark of document.querySelectorAll("[data-presence-of]")) {
    if (mark.dataset.presenceOf !== user) continue;
    mark.dataset.state = state;
    mark.textContent = mark.dataset[state] ?? "";
  }
}

const isOurs = (frame) => String(frame.conversation) === conversation;
const compareHeads = ({ heads }) => heads?.[conversation] > head && catchUp();
const receive = {
  hello(frame) {
    compareHeads(frame);
    showUp();
  },
  sync: compareHeads,
  event: (frame) => isOurs(frame) && frame.seq > head && catchUp(),
  read: (frame) => isOurs(frame) && frame.user === partner && showReceipts(frame.seq),
  typing: (frame) => isOurs(frame) && frame.user === partner && showTyping(true),
  presence: showPresence,
  trade: refreshTrade,
};
document.body.addEventListener("live:frame", ({ detail }) => receive[detail.type]?.(detail));
document.body.addEventListener("live:poll", catchUp);

// --- writing

const compose = byId("compose");
const field = compose?.querySelector("textarea");
// Where the browser keeps nothing for us, or no more, drafts live as long as the page.
const kept = {
  get(name) {
    try {
      return JSON.parse(localStorage.getItem(`chat:${reader}:${conversation}:${name}`));
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`chat:${reader}:${conversation}:${name}`, JSON.stringify(value));
    } catch {}
  },
};
let outbox = kept.get("outbox") ?? []; // {id, content, failed}: survives a reload
const keepOutbox = () => kept.set("outbox", outbox);
const pendingOf = (id) => [...pending.children].find((line) => line.dataset.client === id);
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

let isDelivering = false;

// One after the other, in the order in which they were written.
async function deliver() {
  if (isDelivering) return;
  isDelivering = true;
  for (let item; (item = outbox.find(({ failed }) => !failed)); keepOutbox()) {
    const refusal = await post(item);
    item.failed = refusal !== null;
    if (item.failed) showState(item, refusal);
    else sent(item);
  }
  isDelivering = false;
}

// It is drawn as on its way until its line is there: that may have been so before this page was, where
// the answer to an earlier post was lost. An older stretch never shows it.
async function sent(item) {
  outbox = outbox.filter((other) => other !== item);
  keepOutbox();
  if (isStill) location.assign(here);
  else if (await catchUp()) pendingOf(item.id)?.remove();
}

// null, or why not; the same id again is the same message to the server.
async function post({ id, content }) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token(), client_id: id, content });
  try {
    const answer = await fetch(here, { method: "POST", headers: PART, body, signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 204) return null;
    return [403, 409, 422, 429].includes(answer.status) && !answer.redirected ? (await answer.text()).trim() : "";
  } catch {
    return "";
  }
}

function draw(item) {
  const line = byId("pending-line").content.cloneNode(true).firstElementChild;
  line.dataset.client = item.id;
  line.querySelector(".bubble").textContent = item.content;
  line.querySelector("[name=retry]").addEventListener("click", () => retry(item));
  line.querySelector("[name=discard]").addEventListener("click", () => discard(item));
  pending.append(line);
  showState(item);
}

function showState(item, refusal) {
  const line = pendingOf(item.id);
  if (!line) return;
  line.querySelector(".sending").hidden = Boolean(item.failed);
  for (const part of line.querySelectorAll(".failed, button")) part.hidden = !item.failed;
  if (refusal) line.querySelector(".failed span").textContent = refusal;
}

function retry(item) {
  item.failed = false;
  showState(item);
  deliver();
  field.focus();
}

function discard(item) {
  forget(item.id);
  field.focus();
}

function forget(id) {
  pendingOf(id)?.remove();
  outbox = outbox.filter((item) => item.id !== id);
  keepOutbox();
}

function write() {
  const content = field.value;
  if (!content.trim()) return;
  const item = { id: newId(), content };
  outbox.push(item);
  keepOutbox();
  draw(item);
  field.value = "";
  kept.set("draft", "");
  lastTyped = 0;
  scroller.scrollTop = 0;
  deliver();
}

let lastTyped = 0;

function startWriting() {
  field.value ||= kept.get("draft") ?? "";
  outbox.forEach(draw);
  deliver();
  compose.addEventListener("submit", (event) => {
    event.preventDefault();
    write();
    field.focus();
  });
  field.addEventListener("input", () => {
    kept.set("draft", field.value);
    if (!field.value || Date.now() - lastTyped < TYPING_EVERY) return;
    lastTyped = Date.now();
    tell("live:send", { type: "typing", conversation: Number(conversation) });
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowUp" && !field.value) [...log.querySelectorAll(".mine .change")].at(-1)?.click();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    compose.requestSubmit();
  });
  if (matchMedia("(pointer: fine)").matches && !location.hash) field.focus({ preventScroll: true });
}

// --- the sheet: changing a message, showing something

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-sheet]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await htmx.ajax("GET", link.href, { target: "#sheet-body", swap: "innerHTML" });
  byId("sheet-title").textContent = sheet.querySelector("[data-title]")?.dataset.title ?? "";
  if (!sheet.open) sheet.showModal();
});
document.body.addEventListener("chat:written", ({ target }) => {
  if (target.closest("#attach")) scroller.scrollTop = 0;
  sheet.close();
  catchUp();
});
sheet.addEventListener("close", () => {
  byId("sheet-body").replaceChildren();
  field?.focus();
});

tell("live:head", { conversation, seq: head });
showReceipts(Number(log.dataset.partnerRead));
if (!location.hash) byId("new")?.scrollIntoView({ block: "center" });
if (field) startWriting();
readSoon();
