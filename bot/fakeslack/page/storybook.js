"use strict";
// Every golden view on one sheet. Nothing can be done with them.
const still = { unknown: "Not known here:", optional: "optional", more: "More", nothing: "Nothing found" };
async function show() {
  const stories = await (await fetch("/ui/stories")).json();
  const filter = document.getElementById("filter").value.toLowerCase();
  document.getElementById("sheet").replaceChildren(...stories.filter((s) => s.name.toLowerCase().includes(filter)).map((s) => {
    const v = s.body;
    const ctx = { id: s.name, names: () => "", t: still, channels: [], values: {}, still: true, act() {}, suggest: async () => null };
    return el("section", { lang: s.name.endsWith(".es") ? "es" : "en", "aria-label": s.name }, el("h3", {}, s.name),
      v.title ? el("h2", {}, v.title.text) : null, blocks(v.blocks, ctx), v.submit ? el("p", {}, el("button", { className: "button primary", disabled: true }, v.submit.text)) : null);
  }));
}
document.getElementById("filter").addEventListener("input", show);
show();
