#include "events/people_of.hpp"

namespace papi::events {
namespace {

struct VisitBody {
  const std::function<void(const User&)>& visit;

  void operator()(const Comment& comment) const {
    if (comment.reply_to) visit(*comment.reply_to);
    for (const User& user : comment.mentions) visit(user);
  }
  void operator()(const Gift& gift) const {
    if (gift.to_user) visit(*gift.to_user);
  }
  void operator()(const Viewers& viewers) const {
    for (const TopViewer& top : viewers.top) visit(top.user);
  }
  void operator()(const Battle& battle) const {
    for (const BattleSide& side : battle.sides) {
      if (side.user) visit(*side.user);
      for (const auto* scored : {&side.members, &side.contributors}) {
        for (const Scored& one : *scored) visit(one.user);
      }
    }
  }
  void operator()(const Subscribe& subscribe) const {
    if (subscribe.from) visit(*subscribe.from);
  }
  void operator()(const Guest& guest) const {
    for (const StageGuest& one : guest.guests) visit(one.user);
  }
  template <class Body>
  void operator()(const Body&) const {}  // names nobody
};

}  // namespace

void for_each_person(const Event& event, const std::function<void(const User&)>& visit) {
  if (event.user) visit(*event.user);
  std::visit(VisitBody{visit}, event.body);
}

}  // namespace papi::events
