// Eighteen types of events have six hues and two neutral ones: colour tells the family, icon and word tell the type.
export const families = [
  { name: 'talk', label: 'Comments', icon: 'comment', types: ['comment', 'question', 'emote'] },
  { name: 'money', label: 'Gifts', icon: 'gift', types: ['gift', 'subscribe', 'envelope'] },
  { name: 'like', label: 'Likes', icon: 'like', types: ['like'] },
  { name: 'grow', label: 'Follows, shares', icon: 'grow', types: ['follow', 'share'] },
  { name: 'join', label: 'Joins', icon: 'join', types: ['join', 'guest'] },
  { name: 'room', label: 'Room', icon: 'room', types: ['viewers', 'room', 'rank', 'battle'] },
  { name: 'session', label: 'Session', icon: 'session', types: ['session', 'control'] },
  { name: 'unknown', label: 'Unknown', icon: 'unknown', types: ['unknown'] },
];

const byType = new Map(families.flatMap((family, i) => family.types.map((type) => [type, i])));
/** Index of the family of a type; a type of a newer service is unknown. */
export const familyOf = (type) => byType.get(type) ?? 7;
