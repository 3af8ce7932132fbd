// The comparison of two images of a strip: the page reads well without it.
"use strict";

// Two images of one strip, one over the other; a range input says how much of the upper one is seen.
function startComparing(dialog) {
  const part = (id) => document.getElementById(id);
  const share = part("share");
  let buttons = [];

  const chosen = (side) => buttons[part(`${side}-of`).value];

  function show() {
    for (const side of ["left", "right"]) {
      const image = chosen(side).querySelector("img");
      part(side).src = image.src;
      part(side).alt = image.alt;
    }
    dialog.querySelector(".split").style.setProperty("--share", `${share.value}%`);
    share.setAttribute(
      "aria-valuetext",
      `${share.value} % ${chosen("left").dataset.caption}, ${100 - share.value} % ${chosen("right").dataset.caption}`,
    );
  }

  function open(button) {
    const strip = button.closest(".strip");
    buttons = [...strip.querySelectorAll("button.open")];
    for (const side of ["left", "right"]) {
      part(`${side}-of`).replaceChildren(...buttons.map((each, i) => new Option(each.dataset.caption, i)));
    }
    part("compare-name").textContent = strip.dataset.name;
    const hq = buttons.findIndex((each) => each.dataset.kind === "hq");
    part("left-of").value = button.dataset.kind === "hq" ? 0 : buttons.indexOf(button);
    part("right-of").value = Math.max(hq, 0);
    share.value = 50;
    show();
    button.focus(); // where the browser returns to on closing; a click alone does not focus in Safari
    dialog.showModal();
    share.focus();
  }

  for (const button of document.querySelectorAll("button.open")) {
    button.disabled = false;
    button.addEventListener("click", () => open(button));
  }
  for (const id of ["share", "left-of", "right-of"]) part(id).addEventListener("input", show);
  part("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
}

document.documentElement.classList.add("with-script");
startSorting(document.querySelector("table"));
const dialog = document.getElementById("compare");
if (dialog) startComparing(dialog);
