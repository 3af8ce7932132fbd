// A board's page: its table sorts, its rows are found by name, its groups of columns come and go.
"use strict";

function startFinding(table, field, status) {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.className !== "heading");
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    for (const heading of table.querySelectorAll("tr.heading")) {
      heading.hidden = [...heading.parentElement.rows].every((row) => row === heading || row.hidden);
    }
    const found = rows.filter((row) => !row.hidden).length;
    status.textContent = wanted ? `${found} of ${rows.length} rows` : "";
  });
}

function startGroups(table, form) {
  for (const box of form.querySelectorAll("input[data-group]")) {
    box.addEventListener("change", () => {
      const places = [...headersOf(table)].flatMap((th, i) => (th.dataset.group === box.dataset.group ? [i] : []));
      const rows = [headersOf(table)[0].parentElement, ...[...table.tBodies].flatMap((body) => [...body.rows])];
      for (const row of rows) {
        if (row.className === "heading") continue;
        for (const place of places) row.cells[place].hidden = !box.checked;
      }
      table.tHead.querySelector(`.groups [data-group="${box.dataset.group}"]`).hidden = !box.checked;
    });
  }
  for (const box of form.querySelectorAll("input[data-show]")) {
    const show = () => table.classList.toggle(`show-${box.dataset.show}`, box.checked);
    box.addEventListener("change", show);
    show(); // a browser may have kept what was chosen before
  }
}

{
  const table = document.querySelector("table.board");
  const form = document.getElementById("controls");
  startSorting(table);
  if (form) {
    form.addEventListener("submit", (event) => event.preventDefault());
    startFinding(table, document.getElementById("find"), document.getElementById("found"));
    startGroups(table, form);
  }
}
