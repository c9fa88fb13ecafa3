// What reader pages load; every one of them works without it.
import "./copy-button";
