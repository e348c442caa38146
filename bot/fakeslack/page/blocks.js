"use strict";
// Draws Block Kit: every block and element as Slack does, and what it does not
// know by its name. It knows nothing of who sends what where.

function el(tag, attrs, ...children) {
  const node = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs || {})) {
    if (v === undefined || v === null || v === false) continue;
    if (k === "value" && tag !== "option") node.value = v; // a text area has no such attribute
    else if (k.startsWith("on")) node.addEventListener(k.slice(2), v);
    else if (k in node && k !== "list" && k !== "role" && typeof v !== "string") node[k] = v;
    else node.setAttribute(k === "className" ? "class" : k, v === true ? "" : v);
  }
  for (const c of children.flat()) if (c !== null && c !== undefined) node.append(c);
  return node;
}

const entities = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const unescape = (s) => s.replace(/&(lt|gt|amp);/g, (m) => entities[m]);

// inline draws the marks within a line of mrkdwn.
function inline(text, names) {
  const out = [];
  const pattern = /<([^<>]+)>|`([^`\n]+)`|(?<![\p{L}\p{N}])\*([^*\n]+)\*(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_([^_\n]+)_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])~([^~\n]+)~(?![\p{L}\p{N}])/gu;
  let at = 0;
  for (const m of text.matchAll(pattern)) {
    out.push(unescape(text.slice(at, m.index)));
    at = m.index + m[0].length;
    if (m[1] !== undefined) {
      const [target, label] = m[1].split("|");
      if (target.startsWith("@") || target.startsWith("#")) out.push(el("span", { className: "mention" }, target[0] + (names(target.slice(1)) || target.slice(1))));
      else if (/^https?:/.test(target)) out.push(el("a", { href: unescape(target), target: "_blank", rel: "noreferrer noopener" }, unescape(label || target)));
      else out.push(el("span", { className: "mention" }, m[0]));
    } else if (m[2] !== undefined) out.push(el("code", {}, unescape(m[2])));
    else if (m[3] !== undefined) out.push(el("strong", {}, inline(m[3], names)));
    else if (m[4] !== undefined) out.push(el("em", {}, inline(m[4], names)));
    else out.push(el("s", {}, inline(m[5], names)));
  }
  out.push(unescape(text.slice(at)));
  return out;
}

function mrkdwn(text, names) {
  const out = [];
  let quote = null;
  text.split("\n").forEach((line, i, all) => {
    const quoted = line.startsWith(">");
    if (quoted) {
      if (!quote) out.push(quote = el("blockquote", {}));
      else quote.append(el("br"));
      quote.append(...inline(line.slice(1), names));
      return;
    }
    if (i > 0 && !quote) out.push(el("br"));
    quote = null;
    out.push(...inline(line, names));
  });
  return out;
}

// words draws a text object.
function words(t, ctx) {
  if (!t) return [];
  return t.type === "mrkdwn" ? mrkdwn(t.text, ctx.names) : t.text.split("\n").flatMap((l, i) => (i ? [el("br"), l] : [l]));
}

function blocks(list, ctx) {
  return (list || []).map((b, i) => block({ ...b, block_id: b.block_id || "block-" + i }, ctx));
}

function block(b, ctx) {
  const attrs = { className: "block " + b.type, "data-block": b.block_id };
  switch (b.type) {
    case "header": return el("h2", attrs, words(b.text, ctx));
    case "divider": return el("hr", attrs);
    case "section": return el("div", attrs,
      el("div", { className: "body" }, b.text ? el("p", {}, words(b.text, ctx)) : null,
        b.fields ? el("div", { className: "fields" }, b.fields.map((f) => el("div", {}, words(f, ctx)))) : null),
      b.accessory ? element(b.accessory, b, ctx) : null);
    case "context": return el("div", attrs, b.elements.map((e) => (e.type === "image" ? picture(e, ctx) : el("span", {}, words(e, ctx)))));
    case "image": return el("figure", attrs, b.title ? el("figcaption", {}, words(b.title, ctx)) : null, picture(b, ctx));
    case "actions": return el("div", attrs, b.elements.map((e) => element(e, b, ctx)));
    case "input": {
      const id = ctx.id + " " + b.block_id;
      const optional = b.optional ? el("span", { className: "quiet" }, " (" + ctx.t.optional + ")") : null;
      const many = ["checkboxes", "radio_buttons"].includes(b.element.type);
      return el(many ? "fieldset" : "div", attrs,
        many ? el("legend", {}, words(b.label, ctx), optional) : el("label", { for: id }, words(b.label, ctx), optional),
        element(b.element, b, { ...ctx, inputId: id, label: b.label.text }),
        b.hint ? el("p", { className: "quiet" }, words(b.hint, ctx)) : null,
        el("p", { className: "error", role: "alert", id: id + " error" }, ctx.errors?.[b.block_id] || ""));
    }
    default: return el("div", { ...attrs, className: "block unknown" }, ctx.t.unknown + " " + b.type);
  }
}

function picture(b, ctx) {
  const src = b.slack_file ? "/ui/file/" + b.slack_file.id : b.image_url;
  return el("a", { href: src, target: "_blank", className: "picture" }, el("img", { src, alt: b.alt_text, loading: "lazy" }));
}

// element draws something that can be pressed or filled in. What stands in it is
// kept in ctx.values; ctx.act tells that something was done.
function element(e, b, ctx) {
  const key = ctx.id + "/" + b.block_id + "/" + e.action_id;
  const value = (v) => { (ctx.values[b.block_id] ||= {})[e.action_id] = { type: e.type, ...v }; };
  const filled = () => ctx.filled?.(b.block_id);
  const have = ctx.values[b.block_id]?.[e.action_id];
  const tell = (v) => {
    filled();
    if (b.type !== "input" || b.dispatch_action) ctx.act({ ...e, ...v, block_id: b.block_id }, e.confirm);
  };
  const common = { "data-key": key, "data-action": e.action_id, id: ctx.inputId, "aria-label": ctx.inputId ? undefined : e.placeholder?.text || ctx.label, disabled: ctx.still };
  const described = ctx.inputId ? { "aria-describedby": ctx.inputId + " error" } : {};
  switch (e.type) {
    case "button":
      return el("button", { ...common, type: "button", "aria-label": undefined, className: "button " + (e.style || ""), "data-value": e.value, onclick: () => {
        if (e.url) window.open(e.url, "_blank", "noopener");
        ctx.act({ ...e, block_id: b.block_id }, e.confirm);
      } }, words(e.text, ctx));
    case "static_select": {
      const initial = have ? have.selected_option?.value : e.initial_option?.value;
      const pick = e.options.find((o) => o.value === initial);
      if (pick) value({ selected_option: pick });
      return el("select", { ...common, ...described, onchange: (ev) => {
        const o = e.options.find((x) => x.value === ev.target.value);
        value({ selected_option: o || null });
        if (o) tell({ selected_option: o });
      } }, pick ? null : el("option", { value: "" }, e.placeholder?.text || "…"),
        e.options.map((o) => el("option", { value: o.value, selected: o.value === initial }, o.text.text)));
    }
    case "conversations_select": {
      const initial = have ? have.selected_conversation : e.initial_conversation;
      value({ selected_conversation: initial || null });
      const offered = ctx.channels.filter((c) => !c.im && !c.archived && !(c.shared && e.filter?.exclude_external_shared_channels));
      return el("select", { ...common, ...described, onchange: (ev) => {
        value({ selected_conversation: ev.target.value });
        tell({ selected_conversation: ev.target.value });
      } }, initial ? null : el("option", { value: "" }, e.placeholder?.text || "…"),
        offered.map((c) => el("option", { value: c.id, selected: c.id === initial }, "#" + c.name)));
    }
    case "external_select": return external(e, b, ctx, common, value, have, tell);
    case "overflow":
      return el("details", { className: "overflow" }, el("summary", { "data-key": key, "data-action": e.action_id, "aria-label": ctx.t.more }, "⋯"),
        el("div", { className: "menu", role: "menu" }, e.options.map((o) => el("button", { type: "button", role: "menuitem", "data-value": o.value, disabled: ctx.still, onclick: (ev) => {
          ev.target.closest("details").open = false;
          ctx.act({ ...e, selected_option: o, block_id: b.block_id }, e.confirm);
        } }, o.text.text))));
    case "checkboxes":
    case "radio_buttons": {
      const many = e.type === "checkboxes";
      const chosen = have ? (many ? have.selected_options : [have.selected_option].filter(Boolean)) : many ? e.initial_options || [] : [e.initial_option].filter(Boolean);
      const keep = (list) => value(many ? { selected_options: list } : { selected_option: list[0] || null });
      keep(chosen);
      return el("div", { className: "boxes" }, e.options.map((o, i) => el("label", {}, el("input", {
        type: many ? "checkbox" : "radio", name: key, checked: chosen.some((c) => c.value === o.value), "data-key": key + "/" + i, "data-action": e.action_id, "data-value": o.value, disabled: ctx.still,
        onchange: (ev) => {
          const now = many ? ctx.values[b.block_id][e.action_id].selected_options.filter((c) => c.value !== o.value) : [];
          if (ev.target.checked) now.push(o);
          keep(now);
          tell(many ? { selected_options: now } : { selected_option: now[0] });
        },
      }), " ", o.text.text)));
    }
    case "plain_text_input":
    case "number_input":
    case "url_text_input": {
      const initial = have ? have.value || "" : e.initial_value || "";
      value({ value: initial || null });
      const when = e.dispatch_action_config?.trigger_actions_on || ["on_enter_pressed"];
      return el(e.multiline ? "textarea" : "input", {
        ...common, ...described, value: initial, maxlength: e.max_length || 3000, placeholder: e.placeholder?.text, rows: e.multiline ? "4" : undefined,
        type: e.multiline ? undefined : e.type === "number_input" ? "number" : "text",
        oninput: (ev) => {
          value({ value: ev.target.value || null });
          filled();
          if (when.includes("on_character_entered")) tell({ value: ev.target.value });
        },
        onkeydown: (ev) => {
          if (ev.key === "Enter" && !e.multiline) {
            ev.preventDefault();
            if (when.includes("on_enter_pressed")) tell({ value: ev.target.value });
          }
        },
      });
    }
    case "timepicker":
    case "datepicker": {
      const kind = e.type.replace("picker", "");
      const field = "selected_" + kind;
      const initial = have ? have[field] : e["initial_" + kind];
      value({ [field]: initial || null });
      return el("input", { ...common, ...described, type: kind, value: initial || "", onchange: (ev) => {
        value({ [field]: ev.target.value });
        tell({ [field]: ev.target.value });
      } });
    }
    case "image": return picture(e, ctx);
    default: return el("span", { className: "unknown" }, ctx.t.unknown + " " + e.type);
  }
}

// external is a menu whose options the app is asked for while one types.
function external(e, b, ctx, common, value, have, tell) {
  const now = have ? have.selected_option : e.initial_option;
  if (now) value({ selected_option: now });
  const list = el("ul", { role: "listbox", hidden: true, id: common["data-key"] + " list" });
  const input = el("input", {
    ...common, type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": list.id, placeholder: e.placeholder?.text, value: now ? now.text.text : "",
    onfocus: () => ask(""), oninput: (ev) => ask(ev.target.value),
    onblur: () => setTimeout(() => {
      close();
      if (list.hidden) input.value = ctx.values[b.block_id]?.[e.action_id]?.selected_option?.text.text || "";
    }, 200),
    onkeydown: (ev) => {
      if (ev.key === "Escape" && !list.hidden) { ev.stopPropagation(); list.hidden = true; input.setAttribute("aria-expanded", "false"); }
      if (ev.key === "ArrowDown") { ev.preventDefault(); list.querySelector("button")?.focus(); }
      if (ev.key === "Enter") { ev.preventDefault(); list.querySelector("button:not([disabled])")?.click(); }
    },
  });
  const close = () => { if (!list.contains(document.activeElement)) { list.hidden = true; input.setAttribute("aria-expanded", "false"); } };
  async function ask(typed) {
    const options = (await ctx.suggest(e.action_id, typed))?.options || [];
    list.replaceChildren(...(options.length ? options : [{ text: { text: ctx.t.nothing } }]).map((o) => el("li", { role: "presentation" }, el("button", {
      type: "button", role: "option", "aria-selected": "false", disabled: !o.value, "data-value": o.value, onblur: () => setTimeout(close, 200),
      onkeydown: (ev) => {
        const to = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[ev.key];
        if (to) { ev.preventDefault(); ev.target.parentElement[to]?.firstChild.focus(); }
      },
      onclick: () => {
        value({ selected_option: o });
        input.value = o.text.text;
        list.hidden = true;
        input.setAttribute("aria-expanded", "false");
        tell({ selected_option: o });
      },
    }, o.text.text))));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }
  return el("div", { className: "search" }, input, list);
}
