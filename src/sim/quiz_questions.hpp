#pragma once

#include <string_view>

namespace papi::sim {

/// A question as it stands in the list: the first option is the right one. The plan shuffles the options.
struct ListedQuestion {
  std::string_view text;
  std::string_view options[4];
};

inline constexpr ListedQuestion quiz_questions[] = {
    {"What is the capital of Peru?", {"Lima", "Bogotá", "Quito", "La Paz"}},
    {"How many legs does a spider have?", {"8", "6", "10", "12"}},
    {"Which planet has the most moons?", {"Saturn", "Mars", "Earth", "Venus"}},
    {"Who painted the Mona Lisa?", {"Leonardo da Vinci", "Raphael", "Monet", "Picasso"}},
    {"Which metal is liquid at room temperature?", {"Mercury", "Iron", "Zinc", "Tin"}},
    {"In which country is Machu Picchu?", {"Peru", "Chile", "Mexico", "Bolivia"}},
    {"How many strings does a violin have?", {"4", "5", "6", "8"}},
    {"Which ocean is the largest?", {"Pacific", "Atlantic", "Indian", "Arctic"}},
    {"What is the square root of 144?", {"12", "11", "13", "14"}},
    {"Which language has the most native speakers?", {"Mandarin", "English", "Spanish", "Hindi"}},
    {"Which animal is the fastest on land?", {"Cheetah", "Lion", "Horse", "Ostrich"}},
    {"What does a barometer measure?", {"Air pressure", "Humidity", "Wind", "Light"}},
    {"In which city is the Sagrada Família?", {"Barcelona", "Madrid", "Porto", "Rome"}},
    {"How many players has a volleyball team on court?", {"6", "5", "7", "11"}},
    {"Which gas do plants take in?", {"Carbon dioxide", "Oxygen", "Nitrogen", "Helium"}},
    {"Who wrote Don Quixote?", {"Cervantes", "Borges", "Neruda", "Lorca"}},
    {"Which country has the longest coastline?", {"Canada", "Norway", "Russia", "Chile"}},
    {"What is the chemical symbol of gold?", {"Au", "Ag", "Go", "Gd"}},
    {"Which instrument has 88 keys?", {"Piano", "Organ", "Harp", "Accordion"}},
    {"In which year did people first walk on the Moon?", {"1969", "1959", "1972", "1965"}},
};

}  // namespace papi::sim
