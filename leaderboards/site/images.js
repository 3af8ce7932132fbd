// The image browser: which images, in which order, by which two restorers; its state is in the address.
"use strict";

function startBrowsing(about) {
  const part = (id) => document.getElementById(id);
  const metrics = new Map(about.metrics.map((metric) => [metric.id, metric]));
  const restorers = new Map(about.restorers.map((restorer) => [restorer.file, restorer]));
  const place = new Map(about.images.map((name, i) => [name, i]));
  const contestants = about.restorers.filter((restorer) => restorer.role !== "hq");
  const input = about.restorers.find((restorer) => restorer.role === "lq");
  const stageBox = part("stage");
  const state = { image: "", a: "", b: "", metric: "", order: "worst", level: "", find: "", view: "side" };
  let loaded = {};
  let turn = 0;

  const options = (select, pairs) => select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
  const text = (value, digits) => (Number.isNaN(value) ? "–" : value === Infinity ? "∞" : value.toFixed(digits));

  const list = new LongList(part("list"), (name) => {
    state.image = name;
    showImage();
    remember();
  });
  const stage = stageBox && new Stage(stageBox, ({ scale, share }) => {
    part("zoom").textContent = `${Math.round(100 * scale)} %`;
    part("share").value = Math.round(100 * share);
    part("share").setAttribute("aria-valuetext", `${Math.round(100 * share)} %`);
  });

  function fill() {
    const named = contestants.map((restorer) => [restorer.file, restorer.name]);
    options(part("a"), named);
    options(part("b"), named);
    options(part("metric"), about.metrics.map((metric) => [metric.id, `${metric.label} ${metric.better === "higher" ? "↑" : "↓"}`]));
    if (part("level")) {
      options(part("level"), [["", "all"], ...[...new Set(about.levels)].sort(new Intl.Collator("en", { numeric: true }).compare).map((level) => [level, level])]);
    }
  }

  // The defaults, overruled by what the address says where that makes sense.
  function recall() {
    const wanted = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const seen = contestants.filter((restorer) => restorer.seen);
    const firsts = [...(seen.length ? seen : contestants.filter((restorer) => !restorer.role)), ...contestants];
    state.a = restorers.has(wanted.a) ? wanted.a : firsts[0].file;
    state.b = restorers.has(wanted.b) ? wanted.b : (firsts.find((restorer) => restorer.file !== state.a) ?? firsts[0]).file;
    state.metric = metrics.has(wanted.metric) ? wanted.metric : about.metrics[about.first].id;
    state.image = place.has(wanted.image) ? wanted.image : "";
    for (const key of ["order", "level", "view"]) if (wanted[key]) state[key] = wanted[key];
    for (const key of ["a", "b", "metric", "order", "level"]) if (part(key)) part(key).value = state[key];
    for (const key of ["order", "level"]) if (part(key)) state[key] = part(key).value || (part(key).value = part(key).options[0].value);
    const view = document.querySelector(`input[name=view][value="${CSS.escape(state.view)}"]`);
    if (view) view.checked = true;
    else state.view = "side";
  }

  function remember() {
    const said = Object.entries(state).filter(([key, value]) => value && key !== "find" && !(key === "view" && value === "side"));
    history.replaceState(null, "", `#${new URLSearchParams(said)}`);
  }

  async function load() {
    const mine = ++turn;
    try {
      const files = { a: state.a, b: state.b, lq: input?.file };
      const values = await Promise.all(Object.values(files).map((file) => (file ? bfrbench.load(file) : null)));
      if (mine !== turn) return; // something else was chosen meanwhile
      loaded = Object.fromEntries(Object.keys(files).map((key, i) => [key, values[i]]));
      showList();
    } catch (error) {
      part("found").textContent = error.message;
    }
  }

  function showList() {
    const metric = metrics.get(state.metric);
    const sign = metric.better === "higher" ? 1 : -1; // large is good from here on
    const [a, b] = [loaded.a.values.get(metric.id), loaded.b.values.get(metric.id)];
    const against = state.order === "ahead" || state.order === "behind";
    const value = (i) => (against ? difference(a, b, i) : a ? a[i] : NaN);
    const words = state.find.trim().toLowerCase();
    const chosen = [];
    about.images.forEach((name, i) => {
      if (state.level && about.levels[i] !== state.level) return;
      if (words && !name.toLowerCase().includes(words)) return;
      chosen.push({ i, value: value(i) });
    });
    if (state.order !== "name") {
      const way = sign * (state.order === "worst" || state.order === "behind" ? 1 : -1);
      chosen.sort((x, y) => Number.isNaN(x.value) - Number.isNaN(y.value) || way * (x.value - y.value) || x.i - y.i);
    }
    const plus = (number) => (against && number > 0 ? "+" : "");
    const items = chosen.map(({ i, value }) => ({ key: about.images[i], text: about.images[i], value: plus(value) + text(value, metric.digits) }));
    part("list").classList.toggle("against", against);
    list.show(items, state.image);
    const all = about.images.length.toLocaleString("en");
    const order = part("order").selectedOptions[0].text;
    part("found").textContent = `${items.length.toLocaleString("en")} of ${all} images, ${metric.label}, ${order}.`;
    showImage();
  }

  function difference(a, b, i) {
    if (!a || !b) return NaN;
    return a[i] === b[i] ? 0 : a[i] - b[i];
  }

  function showImage() {
    const i = place.get(state.image);
    if (i === undefined || !loaded.a) return;
    part("name").textContent = state.image;
    const about_ = [about.people[i] && `person ${about.people[i]}`, about.levels.length && `${about.by} ${about.levels[i]}`];
    part("person").textContent = about_.filter(Boolean).join(", ");
    part("before").disabled = list.at <= 0;
    part("after").disabled = list.at >= list.length - 1;
    showNumbers(i);
    if (stage) showPictures(i);
  }

  function showNumbers(i) {
    const heads = part("numbers").tHead.rows[0].cells;
    [state.a, state.b].forEach((file, k) => (heads[k + 1].textContent = restorers.get(file).name));
    const body = part("numbers").tBodies[0];
    body.replaceChildren(
      ...about.metrics.map((metric) => {
        const row = document.createElement("tr");
        const name = document.createElement("th");
        name.scope = "row";
        name.textContent = `${metric.label} ${metric.better === "higher" ? "↑" : "↓"}`;
        row.append(name);
        const values = ["a", "b", "lq"].map((key) => loaded[key]?.values.get(metric.id)?.[i] ?? NaN);
        const lead = (metric.better === "higher" ? 1 : -1) * (values[0] - values[1]);
        values.forEach((value, k) => {
          const cell = row.insertCell();
          cell.className = (k === 0 && lead > 0) || (k === 1 && lead < 0) ? "number best" : "number";
          cell.textContent = text(value, metric.digits);
        });
        if (metric.id === state.metric) row.className = "chosen";
        return row;
      }),
    );
  }

  // The four pictures of an image, by the letter that menus use.
  function pictures(i) {
    const root = stageBox.dataset.root;
    const of = (caption, file, words = "") => ({ caption, source: file ? root + file : "", words, alt: `${state.image}, ${caption}` });
    const restored = (key) => {
      const name = restorers.get(state[key]).name;
      const words = loaded[key].words[state.image] ?? "its pictures are not in this site";
      if (restorers.get(state[key]).role === "lq") return of(name, about.lq[i]);
      return of(name, loaded[key].pictures[i], words);
    };
    const all = { lq: of("LQ", about.lq[i]), a: restored("a"), b: restored("b") };
    return about.hq[i] ? { ...all, hq: of("HQ", about.hq[i]) } : all;
  }

  function showPictures(i) {
    const of = pictures(i);
    const panel = (kind, ...some) => ({
      kind,
      caption: some[0].caption,
      sources: some.map((one) => one.source),
      alts: some.map((one) => one.alt),
      words: some.find((one) => !one.source)?.words,
    });
    part("sides").hidden = state.view !== "slider";
    part("gain").parentElement.hidden = state.view !== "difference";
    if (state.view === "slider") {
      sideMenus(of);
      const [left, right] = [of[part("left-of").value], of[part("right-of").value]];
      stage.show([{ ...panel("split", left, right), caption: `${left.caption} | ${right.caption}` }]);
    } else if (state.view === "difference" && of.hq) {
      const gain = Number(part("gain").value);
      const some = [of.lq, of.a, of.b].map((one) => ({ ...panel("difference", one, of.hq), caption: `|${one.caption} − HQ|${gain > 1 ? ` × ${gain}` : ""}` }));
      stage.show(some, gain);
    } else stage.show(Object.values(of).map((one) => panel("", one)));
  }

  function sideMenus(of) {
    for (const [id, first] of [["left-of", "a"], ["right-of", of.hq ? "hq" : "b"]]) {
      const before = part(id).value;
      options(part(id), Object.entries(of).map(([key, one]) => [key, one.caption]));
      part(id).value = before in of ? before : first;
    }
  }

  function listen() {
    part("choose").addEventListener("submit", (event) => event.preventDefault());
    for (const key of ["a", "b"]) part(key).addEventListener("change", (event) => change(key, event.target.value, load));
    for (const key of ["metric", "order", "level"]) part(key)?.addEventListener("change", (event) => change(key, event.target.value, restart));
    part("find").addEventListener("input", (event) => change("find", event.target.value, restart));
    part("before").addEventListener("click", () => list.go(list.at - 1));
    part("after").addEventListener("click", () => list.go(list.at + 1));
    addEventListener("hashchange", () => {
      recall();
      load();
    });
    if (!stage) return;
    for (const radio of document.querySelectorAll("input[name=view]")) radio.addEventListener("change", () => change("view", radio.value, showImage));
    for (const id of ["left-of", "right-of", "gain"]) part(id).addEventListener("change", showImage);
    part("share").addEventListener("input", () => stage.share(part("share").value / 100));
    const zooms = { in: () => stage.zoom(1.5), out: () => stage.zoom(1 / 1.5), fit: () => stage.fit() };
    for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);
  }

  // Another order shows its own first image.
  function restart() {
    state.image = "";
    showList();
  }

  function change(key, value, then) {
    state[key] = value;
    then();
    remember();
  }

  fill();
  recall();
  listen();
  load();
}

if (bfrbench.about) startBrowsing(bfrbench.about);
else document.addEventListener("values", () => startBrowsing(bfrbench.about), { once: true });
