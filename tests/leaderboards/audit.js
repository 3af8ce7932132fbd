// What somebody who cannot see, or sees little, would stumble over: a list of sentences about the page.
(() => {
  const found = [];
  const seen = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const every = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const brief = (each) => each.outerHTML.slice(0, 90);
  const named = (id) => document.getElementById(id)?.textContent.trim();

  function name(each) {
    const by = (each.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean).map(named).join(" ");
    const labels = [...(each.labels ?? [])].map((label) => label.textContent.trim()).join(" ");
    const images = [...each.querySelectorAll("img")].map((image) => image.alt).join(" ");
    return (by || each.getAttribute("aria-label") || labels || each.textContent.trim() || images || each.title || "").trim();
  }

  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push(`the id ${id} is there twice`);
  for (const each of document.querySelectorAll("[aria-labelledby], [aria-controls], [aria-activedescendant]")) {
    for (const attribute of ["aria-labelledby", "aria-controls", "aria-activedescendant"]) {
      for (const id of (each.getAttribute(attribute) ?? "").split(/\s+/).filter(Boolean)) {
        if (!document.getElementById(id)) found.push(`${attribute} names ${id}, which is not there`);
      }
    }
  }
  for (const each of every("a[href], button, input, select, textarea, summary, [role=listbox], [role=group][tabindex], nav")) {
    if (!name(each)) found.push(`no name: ${brief(each)}`);
  }
  for (const image of document.querySelectorAll("img")) if (!image.hasAttribute("alt")) found.push(`no alt: ${brief(image)}`);
  for (const drawing of document.querySelectorAll("svg")) {
    if (drawing.getAttribute("aria-hidden") !== "true" && !(drawing.getAttribute("role") === "img" && name(drawing))) found.push(`no name: ${brief(drawing)}`);
  }
  if (document.querySelectorAll("main").length !== 1) found.push("there is not one main part");
  if (document.querySelectorAll("h1").length !== 1) found.push("there is not one h1");
  if (!document.documentElement.lang || !document.title) found.push("language or title is missing");
  let level = 0;
  for (const heading of every("h1, h2, h3, h4")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) found.push(`h${level} is followed by h${own}: ${brief(heading)}`);
    level = own;
  }
  const landmarks = every("nav, section[aria-labelledby], [role=region]").map(name);
  for (const twice of new Set(landmarks.filter((each, i) => landmarks.indexOf(each) !== i))) found.push(`two landmarks are called ${twice}`);
  for (const table of every("table")) {
    if (!table.querySelector("th[scope=col]")) found.push(`no column headers: ${brief(table)}`);
    for (const row of table.tBodies[0]?.rows ?? []) if (!row.querySelector("th")) found.push(`no row header: ${brief(row)}`);
  }
  for (const box of every("*")) {
    const scrolls = /auto|scroll/.test(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth + 1;
    if (scrolls && box.tabIndex < 0 && !box.querySelector("a[href], button, input")) found.push(`scrolls, but not by keyboard: ${brief(box)}`);
  }

  // contrast (WCAG 2.2, 1.4.3): text against the first opaque colour behind it
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  function rgba(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((value, i) => (i === 3 ? value / 255 : value));
  }
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  function behind(each) {
    const layers = [];
    for (let at = each; at; at = at.parentElement) {
      layers.push(rgba(getComputedStyle(at).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  }
  function luminance(colour) {
    const [r, g, b] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  const told = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const each = walker.currentNode.parentElement;
    const hidden = each.closest(".hidden, .skip, :disabled, script, title, option, [aria-hidden=true], svg");
    if (!walker.currentNode.textContent.trim() || hidden || !seen(each)) continue;
    const style = getComputedStyle(each);
    const ground = behind(each);
    const ink = over(rgba(style.color), ground);
    const [light, dark] = [luminance(ground), luminance(ink)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const words = `contrast ${ratio.toFixed(2)} of ${style.color}: ${each.tagName.toLowerCase()}.${each.className}`;
    if (ratio < (large ? 3 : 4.5) && !told.has(words)) {
      told.add(words);
      found.push(`${words} "${walker.currentNode.textContent.trim().slice(0, 30)}"`);
    }
  }
  return found;
})();
