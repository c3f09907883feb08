// Goes on once every frame has loaded. Without script the page goes on by itself, a little later.
"use strict";
window.addEventListener("load", function () {
  var onward = document.getElementById("onward");
  if (onward) {
    window.location.replace(onward.href);
  }
});
