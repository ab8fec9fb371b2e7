import { html } from '../html.ts'

/** The hatchings of the lanes, once for the page: a breaker's state is told by its pattern as well as by its colour. */
export const patterns = html`<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>
<pattern id="hatch-open" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect class="ground" width="7" height="7"/><rect class="stripe" width="3" height="7"/></pattern>
<pattern id="hatch-half-open" width="6" height="6" patternUnits="userSpaceOnUse">
<rect class="ground" width="6" height="6"/><rect class="stripe" width="2" height="6"/></pattern>
<pattern id="hatch-connecting" width="6" height="6" patternUnits="userSpaceOnUse">
<rect class="ground" width="6" height="6"/><circle class="stripe" cx="3" cy="3" r="1.2"/></pattern>
</defs></svg>`
