"use strict";
// The client: who acts, where, and what the workspace shows them.

const texts = {
  en: { optional: "optional", unknown: "Not known here:", more: "More", nothing: "Nothing found", act: "Act as", only: "Only visible to you", close: "Close", back: "Back", cancel: "Cancel",
    monday: "Next Monday 09:00", day: "+1 day", send: "Send", message: "Message", apps: "Apps", channels: "Channels", messages: "Messages", home: "Home", app: "Agent Report",
    theme: "Light or dark", inspect: "Requests each way", menu: "Channels", moving: "Moving the clock…", none: "Nothing here yet. Type /agent-report help.", replies: (n) => (n === 1 ? "1 reply" : n + " replies"), guest: "guest", stranger: "another organisation", request: "Slack → app", call: "app → Slack", webhook: "other system → app", webhooks: "Send a recorded webhook of", invalid: "not a command of this workspace. Try /agent-report help.", tour: "Every Monday the bot tells this team what its AI customer agent was worth. Read the digest, open a knowledge gap, write the answer – then press “Next Monday” and read what came of it.", try: "Try:", tips: [["What could it not answer?", "gaps"], ["Is it getting better?", "rates last 12 weeks"], ["What do visitors say?", "feedback last 4 weeks"], ["Who gets the digest?", "schedule"], ["Everything", "help"]] },
  es: { optional: "opcional", unknown: "Aquí no se conoce:", more: "Más", nothing: "No se encontró nada", act: "Actuar como", only: "Solo tú puedes verlo", close: "Cerrar", back: "Atrás", cancel: "Cancelar",
    monday: "Próximo lunes 09:00", day: "+1 día", send: "Enviar", message: "Mensaje", apps: "Apps", channels: "Canales", messages: "Mensajes", home: "Inicio", app: "Agent Report",
    theme: "Claro u oscuro", inspect: "Peticiones en ambos sentidos", menu: "Canales", moving: "Moviendo el reloj…", none: "Aún no hay nada. Escribe /agent-report help.", replies: (n) => (n === 1 ? "1 respuesta" : n + " respuestas"), guest: "invitado", stranger: "otra organización", request: "Slack → app", call: "app → Slack", webhook: "otro sistema → app", webhooks: "Enviar un webhook grabado de", invalid: "no es una orden de este espacio. Prueba /agent-report help.", tour: "Cada lunes el bot cuenta a este equipo cuánto valió su agente de IA. Lee el resumen, abre una laguna, escribe la respuesta – luego pulsa «Próximo lunes» y lee qué pasó.", try: "Prueba:", tips: [["¿Qué no supo responder?", "gaps"], ["¿Va a mejor?", "rates últimas 12 semanas"], ["¿Qué dicen los clientes?", "feedback últimas 4 semanas"], ["¿Quién recibe el resumen?", "schedule"], ["Todo", "help"]] },
};
const $ = (id) => document.getElementById(id);
const at = new URLSearchParams(location.search);
let user = at.get("user") || "U00000000ED", place = at.get("place") || "C0000000001";
let state = null, drawn = {}, errors = {};
const values = {}; // what stands in each view, by its id
const me = () => state.users.find((u) => u.id === user);
const t = () => texts[(me()?.locale || "en").slice(0, 2)] || texts.en;
const names = (id) => (state.users.find((u) => u.id === id) || state.channels.find((c) => c.id === id))?.name;

async function post(path, body) {
  const r = await fetch("/ui/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user, ...body }) });
  const out = r.ok ? await r.json() : { error: await r.text() };
  if (out.error) toast(out.error);
  return out.answer;
}

let toasting;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(toasting);
  toasting = setTimeout(() => ($("toast").textContent = ""), 6000);
}

let loading = false, again = false;
async function load() {
  if (loading) { again = true; return; }
  loading = true;
  try {
    const r = await fetch("/ui/state?user=" + user);
    state = await r.json();
    draw();
  } finally {
    loading = false;
    if (again) { again = false; load(); }
  }
}

// redraw draws a part of the page if what it shows is another, and keeps the
// focus and the cursor where they are.
function redraw(part, what, make) {
  const now = JSON.stringify([user, what]);
  if (drawn[part] === now) return false;
  drawn[part] = now;
  const focus = document.activeElement;
  const key = focus?.dataset?.key, from = focus?.selectionStart, to = focus?.selectionEnd;
  $(part).replaceChildren(...make());
  if (key) {
    const found = $(part).querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (found) {
      found.focus({ preventScroll: true });
      if (from !== undefined && from !== null && found.setSelectionRange) try { found.setSelectionRange(from, to); } catch { /* a kind without a cursor */ }
    }
  }
  return true;
}

const context = (id, extra) => ({ id, names, t: t(), channels: state.channels, values: (values[id] ||= {}), ...extra });

function draw() {
  document.documentElement.lang = me()?.locale?.slice(0, 2) || "en";
  $("about").textContent = state.about;
  $("tour").textContent = state.clock ? t().tour : "";
  $("clock").hidden = !state.clock;
  const zone = me()?.tz || "UTC";
  $("now").textContent = new Date(state.now).toLocaleString(document.documentElement.lang, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
  $("monday").textContent = t().monday;
  $("day").textContent = t().day;
  $("actlabel").textContent = t().act;
  $("send").textContent = t().send;
  $("user").setAttribute("aria-label", t().act);
  for (const [id, label] of [["theme", t().theme], ["inspect", t().inspect], ["menu", t().menu]]) { $(id).setAttribute("aria-label", label); $(id).title = label; }
  redraw("tips", [t().try, place], () => (place === "home" ? [] : [el("span", { className: "quiet" }, t().try), ...t().tips.map(([label, text]) => el("button", { type: "button", className: "tip", title: "/agent-report " + text, onclick: () => command("/agent-report " + text) }, label))]));
  redraw("user", state.users.map((u) => u.id), () => state.users.filter((u) => !u.bot).map((u) => el("option", { value: u.id, selected: u.id === user },
    u.name + (u.guest ? ` (${t().guest})` : u.stranger ? ` (${t().stranger})` : ""))));
  const rooms = state.channels.map((c) => [c.id, c.name, c.im, c.archived, c.shared, c.messages.length]);
  redraw("side", [rooms, place], () => [
    el("h2", {}, t().channels),
    ...state.channels.filter((c) => !c.im && !c.archived).map((c) => room(c.id, "# " + c.name + (c.shared ? " ⇄" : ""))),
    el("h2", {}, t().apps), room("home", "▦ " + t().app + " · " + t().home), room("im", "✉ " + t().app + " · " + t().messages),
  ]);
  drawPlace();
  drawModals();
}

function room(id, label) {
  return el("button", { type: "button", className: "room", "aria-current": id === place ? "page" : undefined, "data-place": id, onclick: () => go(id) }, label);
}

function go(id) {
  place = id;
  remember();
  $("side").classList.remove("open");
  $("menu").setAttribute("aria-expanded", "false");
  if (id === "home") post("home", {});
  draw();
  if (id === "home") $("scroll").scrollTop = 0;
  else showLast();
}

function remember() {
  history.replaceState(null, "", "?" + new URLSearchParams({ user, place }));
}

function drawPlace() {
  $("composer").hidden = place === "home";
  if (place === "home") {
    $("title").textContent = t().app;
    redraw("messages", ["home", state.home], () => (state.home ? blocks(state.home.blocks, context("home " + user, { act: (a, c) => press(a, c, { view: state.home.id, values: values["home " + user] }) })) : []));
    return;
  }
  const c = state.channels.find((x) => (place === "im" ? x.im : x.id === place));
  $("title").textContent = place === "im" ? t().app : "# " + c.name;
  const placeholder = t().message + " " + (place === "im" ? t().app : "#" + c.name);
  $("text").placeholder = placeholder;
  $("text").setAttribute("aria-label", placeholder);
  const low = $("scroll").scrollHeight - $("scroll").scrollTop - $("scroll").clientHeight < 120;
  const had = drawn.messages ? JSON.parse(drawn.messages)[1]?.[0] : null;
  const changed = redraw("messages", [place, c?.messages || []], () => (c?.messages.length ? c.messages.filter((m) => !m.thread_ts || m.thread_ts === m.ts).map((m) => message(m, c)) : [el("p", { className: "quiet" }, t().none)]));
  if (changed && (low || had !== place)) showLast();
}

// showLast shows the last message: its end, or its beginning where it is long.
function showLast() {
  const last = $("messages").lastElementChild, box = $("scroll");
  box.scrollTop = last && last.offsetHeight > box.clientHeight ? last.offsetTop - box.offsetTop - 8 : box.scrollHeight;
}

function message(m, c) {
  const bot = m.user === state.bot;
  const when = new Date(Number(m.ts) * 1000).toLocaleString(document.documentElement.lang, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: me()?.tz || "UTC" });
  const ctx = context("message " + m.ts, { act: (a, confirm) => press(a, confirm, { channel: c.id, ts: m.ts }) });
  return el("article", { className: m.ephemeral ? "ephemeral" : "", "data-ts": m.ts },
    el("div", { className: "face " + (bot ? "bot" : ""), "aria-hidden": "true" }, bot ? "▦" : (names(m.user) || "?")[0]),
    el("div", { className: "said" },
      m.ephemeral ? el("p", { className: "quiet" }, t().only) : null,
      el("p", { className: "who" }, el("strong", {}, bot ? "Agent Report" : names(m.user) || m.user), bot ? el("span", { className: "app" }, "APP") : null, " ", el("time", { className: "quiet" }, when)),
      m.blocks ? blocks(m.blocks, ctx) : el("div", { className: "block" }, mrkdwn(m.text, names)),
      (m.files || []).map((f) => el("p", { className: "file" }, el("a", { href: "/ui/file/" + f.id, target: "_blank" }, f.title || f.name))),
      thread(m, c)));
}

// thread is what was replied to a message, folded as in Slack.
const unfolded = new Set();
function thread(m, c) {
  const replies = c.messages.filter((r) => r.thread_ts === m.ts && r.ts !== m.ts);
  if (!replies.length) return null;
  return el("details", { className: "thread", open: unfolded.has(m.ts), ontoggle: (ev) => unfolded[ev.target.open ? "add" : "delete"](m.ts) },
    el("summary", {}, t().replies(replies.length)), ...replies.map((r) => message(r, c)));
}

async function press(action, confirm, where) {
  if (confirm && !(await sure(confirm))) return;
  await post("press", { ...where, element: action });
}

// sure asks whether a person is, as an element's confirm object says.
function sure(c) {
  return new Promise((done) => {
    const before = document.activeElement;
    const end = (yes) => { $("confirm").replaceChildren(); before?.focus(); done(yes); };
    const text = (x) => words(x, { names });
    const yes = el("button", { type: "button", className: "button " + (c.style || "danger"), onclick: () => end(true) }, text(c.confirm));
    $("confirm").replaceChildren(el("div", { className: "shade", onkeydown: (ev) => { if (ev.key === "Escape") { ev.stopPropagation(); end(false); } trap(ev); } },
      el("div", { className: "modal small", role: "alertdialog", "aria-modal": "true", "aria-labelledby": "sure" },
        el("h2", { id: "sure" }, text(c.title)), el("div", { className: "inside" }, el("p", {}, text(c.text))),
        el("footer", {}, el("button", { type: "button", className: "button", onclick: () => end(false) }, text(c.deny)), yes))));
    yes.focus();
  });
}

// trap keeps the focus within a dialog.
function trap(ev) {
  if (ev.key !== "Tab") return;
  const can = [...ev.currentTarget.querySelectorAll("a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary")].filter((n) => n.offsetParent);
  const first = can[0], last = can[can.length - 1];
  if (ev.shiftKey && document.activeElement === first) { ev.preventDefault(); last.focus(); }
  else if (!ev.shiftKey && document.activeElement === last) { ev.preventDefault(); first.focus(); }
}

let shown = null; // the id of the view on top
function drawModals() {
  const top = state.views[state.views.length - 1];
  const changed = redraw("modals", [top?.id, top?.hash, errors[top?.id], state.views.length], () => (top ? [modal(top)] : []));
  if (!changed) return;
  if (top && top.id !== shown) {
    const first = $("modals").querySelector(".inside textarea, .inside input[type=text], .inside select, .inside summary, .inside button:not([role=menuitem])") || $("modals").querySelector("button");
    first?.focus();
  }
  if (!top && shown) $("text").focus();
  shown = top?.id || null;
}

function modal(v) {
  const deep = state.views.length > 1;
  // What stood in a block that is gone is gone with it.
  const there = new Set((v.blocks || []).map((b, i) => b.block_id || "block-" + i));
  for (const id of Object.keys(values[v.id] ||= {})) if (!there.has(id)) delete values[v.id][id];
  const close = () => post("close", { view: v.id });
  const ctx = context(v.id, {
    errors: errors[v.id],
    act: (a, c) => press(a, c, { view: v.id, values: values[v.id] }),
    filled: (block) => {
      if (!errors[v.id]?.[block]) return;
      delete errors[v.id][block];
      $("modals").querySelector(`[data-block="${CSS.escape(block)}"] .error`).textContent = "";
    },
    suggest: (action, text) => post("suggest", { view: v.id, action, text }),
  });
  const submit = async (ev) => {
    ev.preventDefault();
    const missing = (v.blocks || []).filter((b) => b.type === "input" && !b.optional && empty(values[v.id][b.block_id]?.[b.element.action_id]));
    if (missing.length) {
      errors[v.id] = Object.fromEntries(missing.map((b) => [b.block_id, document.documentElement.lang === "es" ? "Completa este campo." : "Please fill this in."]));
      draw();
      focusError(missing[0].block_id);
      return;
    }
    const answer = await post("submit", { view: v.id, values: values[v.id] });
    errors[v.id] = answer?.response_action === "errors" ? answer.errors : undefined;
    if (answer?.response_action === "update") values[v.id] = {};
    await load();
    if (errors[v.id]) focusError(Object.keys(errors[v.id])[0]);
  };
  return el("div", { className: "shade", onkeydown: (ev) => trap(ev) },
    el("div", { className: "modal", role: "dialog", "aria-modal": "true", "aria-labelledby": "modal-title", "data-view": v.callback_id }, el("form", { novalidate: true, onsubmit: submit },
      el("div", { className: "head" }, deep ? el("button", { type: "button", className: "icon", "aria-label": t().back, onclick: close }, "‹") : null,
        el("h2", { id: "modal-title" }, v.title.text), el("button", { type: "button", className: "icon", "data-key": "x", "aria-label": t().close, onclick: close }, "×")),
      el("div", { className: "inside", tabindex: "0", role: "group", "aria-labelledby": "modal-title" }, blocks(v.blocks, ctx)),
      v.close || v.submit ? el("footer", {}, el("button", { type: "button", className: "button", "data-key": "close", onclick: close }, v.close?.text || t().cancel),
        v.submit ? el("button", { type: "submit", className: "button primary", "data-key": "submit" }, v.submit.text) : null) : null)));
}

function focusError(block) {
  $("modals").querySelector(`[data-block="${CSS.escape(block)}"]`)?.querySelector("input, textarea, select")?.focus();
}

const empty = (v) => !v || !(v.value || v.selected_option || v.selected_options?.length || v.selected_conversation || v.selected_time || v.selected_date);

// Escape closes what is on top: a menu, else the modal.
document.addEventListener("keydown", (ev) => {
  if (ev.key !== "Escape" || $("confirm").firstChild) return;
  const menu = document.querySelector("details.overflow[open]"), top = state?.views[state.views.length - 1];
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (top) post("close", { view: top.id });
});

// A sample ticket is nowhere: what is known of it is shown instead.
document.addEventListener("click", (ev) => {
  const ticket = ev.target.closest("a")?.href.match(/^https:\/\/help\.shop\.example\/conversations\/(.+)$/);
  if (!ticket) return;
  ev.preventDefault();
  if (place === "home") go("C0000000001");
  for (const v of [...state.views].reverse()) post("close", { view: v.id });
  command("/agent-report explain " + decodeURIComponent(ticket[1]));
});

// The composer completes commands from the app's own help.
let picked = -1;
function hints() {
  const typed = $("text").value;
  const found = typed.startsWith("/") ? state.commands.filter((c) => c.startsWith(typed) && c !== typed).slice(0, 8) : [];
  picked = -1;
  $("hints").replaceChildren(...found.map((c, i) => el("li", { role: "option", id: "hint-" + i, "aria-selected": "false", onmousedown: (ev) => { ev.preventDefault(); take(c); } }, c)));
  $("hints").hidden = !found.length;
  $("text").setAttribute("aria-expanded", String(!!found.length));
  $("text").removeAttribute("aria-activedescendant");
}

function take(c) {
  $("text").value = c + " ";
  $("text").focus();
  hints();
}

$("text").addEventListener("input", hints);
$("text").addEventListener("blur", () => ($("hints").hidden = true));
$("text").addEventListener("keydown", (ev) => {
  const list = [...$("hints").children];
  if ($("hints").hidden || !list.length) return;
  if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
    ev.preventDefault();
    picked = (picked + (ev.key === "ArrowDown" ? 1 : -1) + list.length) % list.length;
    list.forEach((li, i) => li.setAttribute("aria-selected", String(i === picked)));
    $("text").setAttribute("aria-activedescendant", "hint-" + picked);
  } else if ((ev.key === "Tab" || ev.key === "Enter") && picked >= 0) {
    ev.preventDefault();
    take(list[picked].textContent);
  } else if (ev.key === "Escape") $("hints").hidden = true;
});
$("composer").addEventListener("submit", async (ev) => {
  ev.preventDefault();
  const typed = $("text").value.trim();
  if (!typed) return;
  $("text").value = "";
  hints();
  await command(typed);
});

async function command(typed) {
  const c = state.channels.find((x) => (place === "im" ? x.im : x.id === place));
  if (!c) return;
  if (typed.startsWith("/invite")) await post("invite", { channel: c.id });
  else if (typed.startsWith("/") && typed.split(" ")[0] !== "/agent-report") toast(typed.split(" ")[0] + ": " + t().invalid);
  else if (typed.startsWith("/")) {
    const [command, ...rest] = typed.split(" ");
    await post("command", { channel: c.id, command, text: rest.join(" ") });
  } else await post("post", { channel: c.id, text: typed });
}

$("user").addEventListener("change", (ev) => {
  user = ev.target.value;
  remember();
  drawn = {};
  load().then(() => { if (place === "home") post("home", {}); });
});
for (const [id, to] of [["monday", "monday"], ["day", "day"]]) {
  $(id).addEventListener("click", async () => {
    toast(t().moving);
    $(id).disabled = true;
    await post("clock", { text: to });
    $(id).disabled = false;
    $("toast").textContent = "";
  });
}
$("menu").addEventListener("click", () => $("menu").setAttribute("aria-expanded", String($("side").classList.toggle("open"))));
$("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
});

async function inspect() {
  if ($("inspector").hidden) return;
  const open = new Set([...$("inspector").querySelectorAll("details[open]")].map((d) => d.dataset.n));
  const list = await (await fetch("/ui/exchanges")).json() || [];
  const pretty = (x) => JSON.stringify(x, null, 2);
  const webhooks = (state.webhooks || []).map((name) => el("button", { type: "button", className: "tip", onclick: async () => { const a = await post("webhook", { text: name }); if (a) toast(name + ": " + JSON.stringify({ ...a, ignored: undefined })); } }, name));
  $("inspector").replaceChildren(el("h2", {}, t().inspect), ...(webhooks.length ? [el("p", { className: "webhooks" }, t().webhooks + " ", ...webhooks)] : []), ...list.reverse().map((x) => el("details", { open: open.has(x.at + x.what), "data-n": x.at + x.what },
    el("summary", {}, el("span", { className: x.to_app ? "to" : "from" }, x.what.startsWith("POST /v1/") ? t().webhook : x.to_app ? t().request : t().call), " ", x.what),
    el("pre", { tabindex: "0" }, pretty(x.sent)), el("pre", { tabindex: "0" }, "→ " + pretty(x.answer)))));
}
$("inspect").addEventListener("click", () => {
  $("inspector").hidden = !$("inspector").hidden;
  $("inspect").setAttribute("aria-expanded", String(!$("inspector").hidden));
  inspect();
});

load().then(() => {
  if (place === "home") post("home", {});
  new EventSource("/ui/changes").onmessage = () => { load(); inspect(); };
});
