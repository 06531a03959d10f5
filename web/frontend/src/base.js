// What every page loads: the look (Tabler and our own rules) and htmx, which swaps parts of a page.
import "@tabler/core/dist/css/tabler.min.css";
import "./base.css";
import htmx from "htmx.org";

// The Content-Security-Policy forbids evaluated code and inline styles.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
