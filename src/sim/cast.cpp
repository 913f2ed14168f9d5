#include "sim/cast.hpp"

#include <algorithm>
#include <array>

namespace papi::sim {
namespace {

struct GivenName {
  std::string_view shown;
  std::string_view ascii;
};

constexpr GivenName given_names[] = {
    {"Anna", "anna"},       {"Jürgen", "juergen"},
    {"Zoë", "zoe"},         {"Łukasz", "lukasz"},
    {"Søren", "soren"},     {"José María", "josem"},
    {"Inês", "ines"},       {"Đorđe", "djordje"},
    {"Çağla", "cagla"},     {"Nguyễn Lan", "nguyenlan"},
    {"Иван", "ivan"},       {"Оксана", "oksana"},
    {"Γιώργος", "giorgos"}, {"محمد", "mohamed"},
    {"فاطمة", "fatima"},    {"נועה", "noa"},
    {"अनिका", "anika"},     {"தமிழ்", "tamil"},
    {"สมชาย", "somchai"},   {"さくら", "sakura"},
    {"陽翔", "haruto"},     {"小明", "xiaoming"},
    {"민준", "minjun"},     {"서연", "seoyeon"},
    {"ქეთევან", "ketevan"}, {"Արամ", "aram"},
    {"Siobhán", "siobhan"}, {"Chloé 🌸", "chloe"},
    {"👑 King", "king"},    {"Björk", "bjork"},
    {"Mehmet", "mehmet"},   {"Putri", "putri"},
    {"Kwame", "kwame"},     {"Aroha", "aroha"},
    {"Pelé 10", "pele"},
};
constexpr std::string_view endings[] = {"",    " ✨", ".exe", " 🇧🇷", " 🎮",
                                        " jr", " ツ", " TV",  " 🐝", "_official"};

constexpr Phrase phrases[] = {
    {"hello everyone", "en"},
    {"who is winning?", "en"},
    {"the answer is B", "en", true},
    {"lol 😂😂", "en"},
    {"greetings from Canada 🇨🇦", "en"},
    {"can you say my name pls", "en"},
    {"Hallo aus Köln", "de"},
    {"das war knapp!", "de"},
    {"Wie heißt das Lied?", "de"},
    {"¿de dónde eres?", "es"},
    {"¡qué buena transmisión!", "es"},
    {"saludos desde México 🌮", "es"},
    {"oi gente, boa noite", "pt"},
    {"que lindo ❤️", "pt"},
    {"bonsoir à tous", "fr"},
    {"t'es trop forte", "fr"},
    {"ciao a tutti", "it"},
    {"merhaba arkadaşlar", "tr"},
    {"çok güzel 👏", "tr"},
    {"привет всем", "ru"},
    {"красиво поёшь", "ru"},
    {"مرحبا من مصر", "ar"},
    {"ما شاء الله", "ar"},
    {"नमस्ते दोस्तों", "hi"},
    {"สวัสดีค่ะ", "th"},
    {"xin chào mọi người", "vi"},
    {"こんばんは", "ja"},
    {"かわいい〜", "ja"},
    {"大家好", "zh"},
    {"안녕하세요", "ko"},
    {"halo kak", "id"},
    {"❤️❤️❤️", "un"},
    {"👋", "un"},
    {"1", "un", true},
    {"C", "un", true},
    {"\"quotes\" & <tags> \\ are fine", "en"},
};

template <class T, std::size_t N>
const T& pick(const T (&from)[N], Random& random) {
  return from[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(N) - 1))];
}

std::string opaque_id(Random& random) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  std::string out = "MS4wLjABAAAA";
  for (int i = 0; i < 43; ++i) out += letters[static_cast<std::size_t>(random.between(0, 63))];
  return out;
}

Person some_person(Random& random) {
  const GivenName& name = pick(given_names, random);
  Person person;
  person.id = random.between(6'600'000'000'000'000'000, 7'290'000'000'000'000'000);
  person.nickname = std::string(name.shown) + std::string(pick(endings, random));
  person.display_id =
      std::string(name.ascii) + (random.chance(0.5) ? "." : "_") + std::to_string(random.between(10, 99'999));
  person.sec_uid = opaque_id(random);
  person.follow_status = random.chance(0.4) ? (random.chance(0.1) ? 2 : 1) : 0;
  person.gifter_level = random.chance(0.35) ? static_cast<int>(random.between(1, 40)) : 0;
  person.fan_level = random.chance(0.2) ? static_cast<int>(random.between(1, 20)) : 0;
  person.is_moderator = random.chance(0.02);
  person.is_subscriber = random.chance(0.05);
  return person;
}

}  // namespace

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xCBF29CE484222325U ^ (seed * 0x9E3779B97F4A7C15U);  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash ^ (hash >> 32);
}

Cast::Cast(std::uint64_t seed, std::string_view host_name, std::size_t viewers) {
  Random random(seed);
  host_ = some_person(random);
  host_.is_host = true;
  host_.display_id = host_name;
  host_.nickname = std::string(host_name) + " 🎤";
  for (std::size_t i = 0; i < viewers; ++i) viewers_.push_back(some_person(random));
}

const Person& Cast::viewer(Random& random) const {
  // The smallest of three draws, so that the first viewers of the list are chosen most often.
  const auto last = static_cast<std::int64_t>(viewers_.size()) - 1;
  const auto index = std::min({random.between(0, last), random.between(0, last), random.between(0, last)});
  return viewers_[static_cast<std::size_t>(index)];
}

const Phrase& some_phrase(Random& random) { return pick(phrases, random); }

const Phrase& some_chatter(Random& random) {
  for (;;) {
    const Phrase& phrase = pick(phrases, random);
    if (!phrase.may_be_vote) return phrase;
  }
}

}  // namespace papi::sim
