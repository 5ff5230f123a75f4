// On every page: htmx, menus and dialogs that behave, the search box, live parts, and what the browser alone knows (its colours, its
// time zone).

import "htmx.org";
import { keepColours } from "./frame/colours";
import { copyOnClick } from "./frame/copying";
import { followAll } from "./frame/live";
import { closeMenus } from "./frame/menus";
import { openPalette } from "./frame/palette";
import { showChosenTabs } from "./frame/tabs";
import { tellZone } from "./frame/zone";

keepColours();
closeMenus();
showChosenTabs();
copyOnClick();
openPalette();
followAll();
tellZone();
