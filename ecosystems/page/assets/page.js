"use strict";
// Copy buttons, which do nothing without a script and are hidden then. Where a browser gives no access to the
// clipboard (plain HTTP), the text is selected, so that Ctrl+C copies it.
for (const button of document.querySelectorAll("button.copy")) {
  const source = document.getElementById(button.dataset.copy);
  const said = document.getElementById("said");
  button.hidden = false;
  button.addEventListener("click", async () => {
    let word = "Copied";
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      word = "Selected";
      try {
        if (document.execCommand("copy")) word = "Copied";
      } catch { /* it stays selected */ }
    }
    button.textContent = word;
    said.textContent = word === "Copied" ? "Copied to the clipboard" : "Selected: press Ctrl+C to copy";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
