// What every page of the app loads: what the browser must do by itself.
import "./copy-button";
import "./show-faults";
