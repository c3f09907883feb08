// A provider's answer that stands behind the "#" goes on as a parameter, where the server can read it.
"use strict";
(function () {
  var place = document.getElementById("other-ways");
  var name = place && place.dataset.name;
  var found = name && new RegExp("^#(?:.*&)?" + name + "=([^&]*)").exec(window.location.hash);
  if (found) {
    var query = window.location.search ? window.location.search + "&" : "?";
    window.location.replace(window.location.pathname + query + name + "=" + encodeURIComponent(decodeURIComponent(found[1])));
  }
})();
