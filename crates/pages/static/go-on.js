// Goes on once every frame has loaded, or a moment later if one never does. Without script the page goes on by itself.
"use strict";
function goOn() {
  var onward = document.getElementById("onward");
  if (onward) {
    window.location.replace(onward.href);
  }
}
window.addEventListener("load", goOn);
window.setTimeout(goOn, 5000);
