// OpenID Connect Session Management 1.0, section 3.3: an application's page asks by a message whether its session_state still holds.
"use strict";
(function () {
  var COOKIE = (window.location.protocol === "https:" ? "__Host-" : "") + "chabi_browser_state";

  function browserState() {
    var pairs = document.cookie.split("; ");
    for (var i = 0; i < pairs.length; i += 1) {
      if (pairs[i].indexOf(COOKIE + "=") === 0) {
        return pairs[i].slice(COOKIE.length + 1);
      }
    }
    return "";
  }

  function rotated(word, by) {
    return (word >>> by) | (word << (32 - by));
  }

  // The fractional parts of roots of the first primes (FIPS 180-4, section 4.2.2 and 5.3.3).
  function constants(count, root) {
    var found = [];
    for (var candidate = 2; found.length < count; candidate += 1) {
      var prime = true;
      for (var divisor = 2; divisor * divisor <= candidate; divisor += 1) {
        prime = prime && candidate % divisor !== 0;
      }
      if (prime) {
        var value = Math.pow(candidate, 1 / root);
        found.push(((value - Math.floor(value)) * 4294967296) | 0);
      }
    }
    return found;
  }

  // FIPS 180-4. Written here, since the browser's own answers later than it is asked, and in secure pages alone.
  function sha256(text) {
    var bytes = unescape(encodeURIComponent(text));
    var K = constants(64, 3);
    var hash = constants(8, 2);
    var words = [];
    var length = bytes.length;
    bytes += "\x80";
    while (bytes.length % 64 !== 56) {
      bytes += "\x00";
    }
    for (var i = 0; i < bytes.length; i += 1) {
      words[i >> 2] = (words[i >> 2] || 0) | (bytes.charCodeAt(i) << (24 - (i % 4) * 8));
    }
    words.push(Math.floor(length / 536870912), (length << 3) | 0);
    for (var block = 0; block < words.length; block += 16) {
      var w = words.slice(block, block + 16);
      var h = hash.slice(0);
      for (var t = 0; t < 64; t += 1) {
        if (t >= 16) {
          var w15 = w[t - 15];
          var w2 = w[t - 2];
          var s0 = rotated(w15, 7) ^ rotated(w15, 18) ^ (w15 >>> 3);
          var s1 = rotated(w2, 17) ^ rotated(w2, 19) ^ (w2 >>> 10);
          w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
        }
        var S1 = rotated(h[4], 6) ^ rotated(h[4], 11) ^ rotated(h[4], 25);
        var choice = (h[4] & h[5]) ^ (~h[4] & h[6]);
        var first = (h[7] + S1 + choice + K[t] + w[t]) | 0;
        var S0 = rotated(h[0], 2) ^ rotated(h[0], 13) ^ rotated(h[0], 22);
        var majority = (h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]);
        h = [(first + S0 + majority) | 0, h[0], h[1], h[2], (h[3] + first) | 0, h[4], h[5], h[6]];
      }
      for (var j = 0; j < 8; j += 1) {
        hash[j] = (hash[j] + h[j]) | 0;
      }
    }
    var digest = "";
    for (var k = 0; k < 32; k += 1) {
      digest += String.fromCharCode((hash[k >> 2] >>> (24 - (k % 4) * 8)) & 255);
    }
    return digest;
  }

  function base64url(bytes) {
    return window.btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function answer(message, origin) {
    var space = typeof message === "string" ? message.lastIndexOf(" ") : -1;
    var state = space > 0 ? message.slice(space + 1) : "";
    var dot = state.lastIndexOf(".");
    if (dot < 1) {
      return "error";
    }
    var clientId = message.slice(0, space);
    var salt = state.slice(dot + 1);
    var expected = base64url(sha256(clientId + " " + origin + " " + browserState() + " " + salt)) + "." + salt;
    return expected === state ? "unchanged" : "changed";
  }

  window.addEventListener("message", function (event) {
    // a frame without an origin cannot be answered to anybody in particular
    if (event.source && event.source !== window && event.origin !== "null") {
      event.source.postMessage(answer(event.data, event.origin), event.origin);
    }
  });
})();
