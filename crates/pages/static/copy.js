// A button beside everything that is to be copied. Without script, or without a clipboard, there is none, and the text can be selected.
"use strict";
document.querySelectorAll("[data-copy]").forEach(function (text) {
  if (!navigator.clipboard) {
    return;
  }
  var button = document.createElement("button");
  button.type = "button";
  button.className = "secondary copy-button";
  button.textContent = text.dataset.copy;
  var status = document.createElement("span");
  status.setAttribute("role", "status");
  status.className = "small";
  button.setAttribute("aria-describedby", text.dataset.label);
  button.addEventListener("click", function () {
    navigator.clipboard.writeText(text.textContent).then(function () {
      status.textContent = text.dataset.copied;
    });
  });
  text.after(button, status);
});
