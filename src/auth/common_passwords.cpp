// Common passwords. A list of thousands of them mostly consists of some hundred words with the same few added
// digits and signs. So the words are listed here, and the additions are removed before the look-up.

#include <algorithm>
#include <array>

#include "auth/password.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

/// Sorted; lower case.
constexpr std::string_view words[] = {
    "aaron",      "abc",           "abcd",      "abcdef",     "access",     "account",     "adidas",
    "admin",      "administrator", "alexander", "amanda",     "america",    "andrea",      "andrew",
    "angel",      "angela",        "anthony",   "apple",      "arsenal",    "ashley",      "asdf",
    "asdfgh",     "asdfghjkl",     "asshole",   "august",     "austin",     "babygirl",    "bailey",
    "banana",     "barcelona",     "baseball",  "basketball", "batman",     "beautiful",   "benjamin",
    "bigdog",     "biteme",        "blackcat",  "blahblah",   "blink",      "bond",        "boomer",
    "brandon",    "brooklyn",      "bubbles",   "buster",     "butterfly",  "calvin",      "cameron",
    "canada",     "carlos",        "caroline",  "changeme",   "charlie",    "chelsea",     "chester",
    "chicago",    "chicken",       "chocolate", "chris",      "christian",  "christine",   "christopher",
    "computer",   "cookie",        "corvette",  "cowboy",     "dakota",     "dallas",      "daniel",
    "danielle",   "default",       "demo",      "dennis",     "diamond",    "dolphin",     "donald",
    "dragon",     "eagles",        "edward",    "elizabeth",  "eminem",     "england",     "england",
    "enter",      "family",        "fender",    "ferrari",    "fishing",    "flower",      "football",
    "forever",    "france",        "freedom",   "friends",    "fuckme",     "fuckyou",     "gateway",
    "george",     "ginger",        "golden",    "golfer",     "google",     "gordon",      "guest",
    "guitar",     "hammer",        "hannah",    "happy",      "harley",     "harrypotter", "heather",
    "hello",      "helloworld",    "hockey",    "honey",      "hottie",     "hunter",      "iceman",
    "iloveu",     "iloveyou",      "internet",  "ironman",    "jackson",    "jaguar",      "james",
    "jasmine",    "jasper",        "jennifer",  "jeremy",     "jessica",    "jesus",       "jordan",
    "joseph",     "joshua",        "junior",    "justin",     "killer",     "kimberly",    "knight",
    "lakers",     "lauren",        "legend",    "letmein",    "liverpool",  "login",       "london",
    "looking",    "lovely",        "loveme",    "maggie",     "manchester", "marina",      "marine",
    "martin",     "master",        "matrix",    "matthew",    "maverick",   "melissa",     "mercedes",
    "merlin",     "michael",       "michelle",  "mickey",     "midnight",   "minecraft",   "monkey",
    "monster",    "morgan",        "mother",    "motorola",   "mustang",    "naruto",      "natasha",
    "ncc",        "nicholas",      "nicole",    "nintendo",   "nothing",    "oliver",      "orange",
    "packers",    "panther",       "parker",    "pass",       "passphrase", "passw",       "passwd",
    "password",   "patrick",       "peanut",    "pepper",     "phoenix",    "playboy",     "player",
    "please",     "pokemon",       "porsche",   "princess",   "private",    "profile",     "profileapi",
    "purple",     "qazwsx",        "qwe",       "qwer",       "qwert",      "qwerty",      "qwertyui",
    "qwertyuiop", "rabbit",        "rachel",    "raiders",    "rainbow",    "ranger",      "rangers",
    "rebecca",    "redskins",      "richard",   "robert",     "rocket",     "root",        "samantha",
    "samsung",    "scooter",       "scorpion",  "secret",     "server",     "service",     "shadow",
    "shannon",    "silver",        "skippy",    "slipknot",   "smokey",     "snoopy",      "soccer",
    "sparky",     "spider",        "spiderman", "spring",     "startrek",   "starwars",    "steelers",
    "steven",     "summer",        "sunshine",  "super",      "superman",   "superstar",   "support",
    "sweet",      "swordfish",     "system",    "taylor",     "temp",       "test",        "tester",
    "testing",    "testtest",      "thomas",    "thunder",    "tiffany",    "tiger",       "tigger",
    "tiktok",     "trustno",       "twitter",   "user",       "victor",     "victoria",    "vincent",
    "viper",      "welcome",       "whatever",  "william",    "winner",     "winston",     "winter",
    "wizard",     "xbox",          "xxxx",      "yamaha",     "yankees",    "yellow",      "zaq",
    "zxcvbn",     "zxcvbnm",
};

/// Rows of keys and of the alphabet. A password that runs along one of them, in either direction, is easy to
/// guess.
constexpr std::string_view keyboard_rows[] = {"abcdefghijklmnopqrstuvwxyz",
                                              "01234567890123456789",
                                              "qwertyuiop",
                                              "asdfghjkl",
                                              "zxcvbnm",
                                              "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
                                              "q1w2e3r4t5y6u7i8o9p0",
                                              "qazwsxedcrfvtgbyhnujm",
                                              "1q2w3e4r5t6y7u8i9o0p",
                                              "!@#$%^&*()"};

char plain_letter(char c) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case '!':
      return 'i';
    case '3':
      return 'e';
    case '4':
    case '@':
      return 'a';
    case '5':
    case '$':
      return 's';
    case '7':
      return 't';
    default:
      return c;
  }
}

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

bool is_word(std::string_view text) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

bool runs_along_a_row(const std::string& text) {
  const std::string reversed(text.rbegin(), text.rend());
  return std::any_of(std::begin(keyboard_rows), std::end(keyboard_rows), [&](std::string_view row) {
    return row.find(text) != row.npos || row.find(reversed) != row.npos;
  });
}

/// Whether the text repeats one to four characters.
bool repeats(std::string_view text) {
  for (std::size_t period = 1; period <= 4 && period * 2 <= text.size(); ++period) {
    bool same = true;
    for (std::size_t i = period; same && i < text.size(); ++i) same = text[i] == text[i - period];
    if (same) return true;
  }
  return false;
}

/// Returns the text without the digits and signs around it. Returns an empty text if these are so many that
/// they may be a secret themselves.
std::string_view core_of(std::string_view text) {
  constexpr std::size_t ornament = 6;
  const auto first = std::find_if(text.begin(), text.end(), is_letter);
  const auto last = std::find_if(text.rbegin(), text.rend(), is_letter).base();
  if (first >= last) return {};
  const auto core =
      text.substr(static_cast<std::size_t>(first - text.begin()), static_cast<std::size_t>(last - first));
  return text.size() - core.size() <= ornament ? core : std::string_view();
}

bool is_word_or_two_alike(std::string_view core) {
  if (is_word(core)) return true;
  const auto half = core.size() / 2;
  return core.size() % 2 == 0 && half > 0 && core.substr(0, half) == core.substr(half) &&
         is_word(core.substr(0, half));
}

}  // namespace

bool is_common_password(std::string_view password) {
  const std::string lower = to_lower_ascii(password);
  if (repeats(lower) || runs_along_a_row(lower)) return true;
  const bool only_digits =
      std::all_of(lower.begin(), lower.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (only_digits && lower.size() <= 10) return true;  // dates and telephone numbers
  if (is_word_or_two_alike(core_of(lower))) return true;
  std::string letters = lower;
  std::transform(letters.begin(), letters.end(), letters.begin(), plain_letter);
  if (is_word_or_two_alike(core_of(letters))) return true;
  // "p4ssw0rd1!": remove the added digits and signs first, then replace letters.
  std::string core(lower);
  while (!core.empty() && !is_letter(core.back())) core.pop_back();
  if (lower.size() - core.size() > 6) return false;
  std::transform(core.begin(), core.end(), core.begin(), plain_letter);
  return is_word_or_two_alike(core);
}

}  // namespace papi::auth
