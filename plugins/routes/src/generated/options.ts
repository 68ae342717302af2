// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.


export interface DynamicRouteOptions {
  /**
   * A condition over the event: `event.data.premium && event.data.userId != ''`. A key that the event lacks means no.
   */
  when: string;
}

export interface PatternRouteOptions {
  /**
   * A regular expression that the event type is searched with. Look-around and back-references are refused: matching time is linear, always.
   */
  pattern?: string;
  /**
   * A glob over the whole event type; `.` separates its parts, `*` stays within one, `**` goes over any number of them, `?` is one character, `{a,b}` either: `issues.*`, `{push,release.**}`.
   */
  glob?: string;
}

export interface StaticRouteOptions {
  /**
   * The one event type that takes this route.
   */
  event: string;
}
