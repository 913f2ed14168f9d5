// The form of the builder: which parameters stand in which group, and what they are called.
export const groups = [
  ['Look', ['theme', 'size', 'plate', 'color', 'accent', 'font', 'align', 'from', 'avatars', 'badges', 'emotes', 'safe', 'motion', 'dir']],
  ['What', ['title', 'goal', 'goal_by', 'types', 'min', 'only', 'hide', 'window', 'lang']],
  ['When', ['hold', 'max', 'per', 'status']],
];

/** `[label, hint, placeholder]` */
export const names = {
  theme: ['Theme'],
  size: ['Size of the text', 'px; all other sizes follow it'],
  plate: ['Plate', 'none, or hexadecimal; 8 digits for a translucent one', 'as in the theme'],
  color: ['Text colour', '', 'as in the theme'],
  accent: ['Accent colour', 'Names, bars, badges', 'as in the theme'],
  font: ['Font', 'One that is installed on the computer of OBS', 'of the system'],
  align: ['Side'],
  from: ['New cards come from'],
  avatars: ['Pictures of people'],
  badges: ['Roles beside names'],
  emotes: ['Cards of stickers'],
  safe: ['Margin', 'percent, or tiktok: clear of the controls of the phone app'],
  motion: ['Movement'],
  dir: ['Direction'],
  title: ['Title', '', 'what is counted'],
  goal: ['Goal'],
  goal_by: ['Counts'],
  types: ['Events'],
  min: ['Gifts from', 'diamonds'],
  only: ['Comments only of', 'nobody chosen: of all'],
  hide: ['Never show', 'names, separated by commas', 'nightbot, …'],
  window: ['Period', 'session, or the last seconds: 600'],
  lang: ['Language', 'of the overlay’s own words and numbers', 'of the browser'],
  hold: ['A card stays', 'seconds; 0: until others push it out'],
  max: ['At most', 'cards or rows'],
  per: ['New cards a second', 'at most'],
  status: ['Say “reconnecting” after 10 s'],
};

export const kindNames = { chat: 'Chat', gifts: 'Gifts', goal: 'Goal', leaderboard: 'Leaderboard', viewers: 'Viewers' };

/** `[what, label]` of the buttons below the preview. */
export const emulations = [
  ['comment', 'Comment'],
  ['rtl', 'Long Arabic name'],
  ['streak', '99× streak'],
  ['follow', 'Follow'],
  ['burst', 'Burst of 50'],
  ['reconnect', 'Reconnecting'],
];
