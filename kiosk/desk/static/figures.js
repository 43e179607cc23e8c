// Printing is the browser's; without this file its own menu does it.
"use strict";
const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => {
    for (const details of document.querySelectorAll("details.formulas")) details.open = true;
    window.print();
  });
}
