// Filter the cases by words as they are typed, and count what is chosen. What is chosen stays in sight.

const words = (text) => text.toLocaleLowerCase().split(/\s+/).filter(Boolean);

function start(box, find, count, none) {
  const cases = [...box.querySelectorAll("[data-case]")];
  const filter = () => {
    const wanted = words(find.value);
    let shown = 0;
    for (const one of cases) {
      const text = one.dataset.case.toLocaleLowerCase();
      const fits = wanted.every((word) => text.includes(word)) || one.querySelector("input").checked;
      one.hidden = !fits;
      shown += fits;
    }
    for (const group of box.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector("[data-case]:not([hidden])");
    }
    none.hidden = shown > 0;
  };
  const tell = () => {
    const chosen = box.querySelectorAll("input:checked").length;
    count.textContent = chosen ? `${chosen} chosen` : "";
  };
  find.addEventListener("input", filter);
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // looking for a case hands nothing in
  });
  box.addEventListener("change", tell);
  tell();
}

const box = document.querySelector(".case-boxes");
if (box) {
  const find = document.querySelector("[data-find]");
  find.hidden = false;
  start(box, find.querySelector("input"), document.querySelector("[data-chosen]"), box.querySelector("[data-none]"));
}
