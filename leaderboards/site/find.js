// A long page with a field: what does not hold the words is hidden.
"use strict";

{
  const field = document.getElementById("find");
  const every = [...document.querySelectorAll(field.dataset.of)];
  field.form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const each of every) {
      const text = each.textContent.toLowerCase();
      each.hidden = !words.every((word) => text.includes(word));
    }
    for (const section of document.querySelectorAll("main > section")) {
      section.hidden = [...section.querySelectorAll(field.dataset.of)].every((each) => each.hidden);
    }
    const found = every.filter((each) => !each.hidden).length;
    document.getElementById("found").textContent = words.length ? `${found} of ${every.length}` : "";
  });
}
