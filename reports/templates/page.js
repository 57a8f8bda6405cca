"use strict";
(() => {
  const make = (tag, text, attributes) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    return element;
  };

  // Tables: sort by a column, keep the rows that hold a text.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell === undefined ? "" : "v" in cell.dataset ? cell.dataset.v : cell.textContent.trim();
  };
  const compared = (one, other, numeric) => numeric ? Number(one) - Number(other) : one.localeCompare(other, "en", { numeric: true });
  const sortBy = (table, header, column) => {
    const body = table.tBodies[0];
    const down = header.getAttribute("aria-sort") === "ascending";
    const rows = Array.from(body.rows, (row) => ({ row, value: valueOf(row, column) }));
    const known = rows.filter((each) => each.value !== "");
    const numeric = known.every((each) => Number.isFinite(Number(each.value)));
    known.sort((a, b) => (down ? -1 : 1) * compared(a.value, b.value, numeric));
    body.append(...known.map((each) => each.row), ...rows.filter((each) => each.value === "").map((each) => each.row));
    for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
  };
  const addFilter = (table) => {
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length < 6) return;
    const box = make("div", "", { class: "filter" });
    const label = make("label", "Filter rows ");
    const input = make("input", "", { type: "search", autocomplete: "off" });
    const said = make("span", "", { role: "status" });
    label.append(input);
    box.append(label, said);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        left += row.hidden ? 0 : 1;
      }
      said.textContent = words.length ? `${left} of ${rows.length} rows` : "";
    });
    (table.closest(".wide") || table).before(box);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    Array.from(table.tHead.rows[0].cells, (header, column) => {
      const button = make("button", header.textContent, { type: "button", class: "sort" });
      button.addEventListener("click", () => sortBy(table, header, column));
      header.replaceChildren(button);
    });
    addFilter(table);
  }

  // Gallery: one video holds all panels of a clip, so they cannot drift apart; each is drawn on a canvas of its own.
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const inView = new Map();
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) inView.get(entry.target)(entry.isIntersecting);
  }, { threshold: 0.2 });
  for (const exhibit of document.querySelectorAll(".exhibit")) {
    const video = exhibit.querySelector("video");
    const image = exhibit.querySelector("img");
    const player = exhibit.querySelector(".player");
    if (!player) continue;
    const frames = Number(exhibit.dataset.frames), fps = Number(exhibit.dataset.fps);
    const drawn = Array.from(player.querySelectorAll("canvas"), (canvas) => {
      const [left, top] = canvas.dataset.at.split(" ").map(Number);
      return { canvas, context: canvas.getContext("2d"), left, top };
    });
    const paint = (source) => {
      for (const { canvas, context, left, top } of drawn) {
        context.drawImage(source, left, top, canvas.width, canvas.height, 0, 0, canvas.width, canvas.height);
      }
    };
    exhibit.classList.add("plays");
    player.hidden = false;
    if (image.complete && image.naturalWidth) paint(image);
    else image.addEventListener("load", () => { if (!video || video.readyState < 2) paint(image); });
    if (!video) continue;
    const slider = player.querySelector("input"), shown = player.querySelector("output");
    const [toggle, back, on] = player.querySelectorAll("button");
    let held = still, at = 0;
    const tell = (index) => {
      at = Math.max(0, Math.min(frames - 1, index));
      slider.value = at;
      slider.setAttribute("aria-valuetext", `frame ${at + 1} of ${frames}`);
      shown.textContent = `frame ${at + 1} of ${frames}`;
    };
    const show = (time) => { paint(video); tell(Math.floor(time * fps + 0.01)); };
    const seek = (index) => {
      video.pause();
      held = true;
      tell(index);
      video.currentTime = (at + 0.5) / fps;
    };
    const play = () => video.play().catch(() => undefined);
    const switchOver = () => { held = !video.paused; if (held) video.pause(); else play(); };
    const follow = () => {
      if (video.paused) return;
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((_, told) => { if (!video.seeking) show(told.mediaTime); follow(); });
      else requestAnimationFrame(() => { show(video.currentTime); follow(); });
    };
    const label = () => { toggle.textContent = video.paused ? "Play" : "Pause"; };
    video.addEventListener("play", () => { label(); follow(); });
    video.addEventListener("pause", label);
    video.addEventListener("loadeddata", () => { if (video.paused) show(video.currentTime); });
    video.addEventListener("seeked", () => { if (video.paused) paint(video); });
    toggle.addEventListener("click", switchOver);
    back.addEventListener("click", () => seek(at - 1));
    on.addEventListener("click", () => seek(at + 1));
    slider.addEventListener("input", () => seek(Number(slider.value)));
    exhibit.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const target = event.target;
      if (event.key === " ") {
        if (target.tagName === "BUTTON") return;
        switchOver();
      } else if (target === slider) return;
      else if (event.key === "ArrowLeft") seek(at - 1);
      else if (event.key === "ArrowRight") seek(at + 1);
      else if (event.key === "Home") seek(0);
      else if (event.key === "End") seek(frames - 1);
      else return;
      event.preventDefault();
    });
    video.removeAttribute("controls");
    label();
    tell(0);
    inView.set(exhibit, (visible) => {
      if (visible) { video.preload = "auto"; if (!held) play(); } else video.pause();
    });
    seen.observe(exhibit);
  }

  // Light and dark: as the system has it, unless chosen here.
  const root = document.documentElement;
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = make("button", "", { type: "button", class: "theme" });
  const named = () => { theme.textContent = dark() ? "Light colours" : "Dark colours"; };
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; named(); });
  named();
  document.querySelector("header").append(theme);

  // Paper has no way to open what is folded.
  let opened = [];
  window.addEventListener("beforeprint", () => { opened = Array.from(document.querySelectorAll("details:not([open])")); for (const each of opened) each.open = true; });
  window.addEventListener("afterprint", () => { for (const each of opened) each.open = false; });
})();
