// Every module only improves a page that already works without it.
import "./copy.js";
import "./count.js";
import "./disclose.js";
import "./draft.js";
import "./keys.js";
import "./read.js";
import "./similar.js";

document.documentElement.classList.add("has-script");
