#include "profiles/profile_rules.hpp"

#include <algorithm>

#include "platform/base/sha256.hpp"
#include "profiles/drawn_avatar.hpp"
#include "profiles/initials.hpp"

namespace papi::profiles {
namespace {

Image drawn(std::string svg) {
  Image image;
  image.header = {ImageType::svg, 256, 256};
  image.bytes = std::move(svg);
  image.hash = sha256_hex(image.bytes);
  return image;
}

}  // namespace

std::int64_t ProfileRules::worth_asking(const EntryPtr& known, UnixMs now) const {
  return known && !known->profile.expired(now) ? known->profile.priority : 0;
}

EntryPtr ProfileRules::after_look_up(const Username& username, SourceAnswer answer, const EntryPtr& known,
                                     UnixMs asked_at) const {
  if (answer.image && known && !may_replace(known->profile, options_.of(answer.source).priority, asked_at))
    answer.image.reset();
  // If a better source fails for the moment, a real picture is not replaced by one of a lower source.
  const bool has_face =
      known && (known->profile.source == Source::live || known->profile.source == Source::scraper);
  if (answer.image && has_face && answer.failed &&
      options_.of(answer.source).priority < known->profile.priority)
    answer.image.reset();
  const bool stays = !answer.image && known &&
                     (!may_replace(known->profile, options_.of(options_.drawing()).priority, asked_at) ||
                      (has_face && answer.failed));
  if (answer.nickname.empty() && known && known->profile.nickname != username.text())
    answer.nickname = known->profile.nickname;
  if (!answer.image && !stays) draw(answer, username);
  Profile profile = profile_of(username, answer, known);
  std::shared_ptr<const Image> image;
  if (stays || (known && known->profile.image_hash == profile.image_hash)) {
    image = known->image;
  } else {
    image = std::make_shared<const Image>(std::move(*answer.image));
  }
  return std::make_shared<const ProfileEntry>(std::move(profile), std::move(image));
}

bool ProfileRules::wants_live(const EntryPtr& known) const {
  if (!known) return true;
  const SourceSettings& live = options_.of(Source::live);
  const Profile& profile = known->profile;
  const UnixMs now = clock_.now_ms();
  if (profile.source != Source::live) return may_replace(profile, live.priority, now);
  return std::chrono::milliseconds(now - profile.cached_at) >= std::min(options_.live_recheck, live.lifetime);
}

EntryPtr ProfileRules::with_live_picture(const Username& username, std::string nickname, Image image,
                                         const EntryPtr& known) const {
  if (known && !may_replace(known->profile, options_.of(Source::live).priority, clock_.now_ms()))
    return nullptr;
  SourceAnswer answer;
  answer.nickname = std::move(nickname);
  answer.source = Source::live;
  answer.image = std::move(image);
  Profile profile = profile_of(username, answer, known);
  auto picture = std::make_shared<const Image>(std::move(*answer.image));
  return std::make_shared<const ProfileEntry>(std::move(profile), std::move(picture));
}

void ProfileRules::draw(SourceAnswer& answer, const Username& username) const {
  answer.source = options_.drawing();
  answer.image = drawn(answer.source == Source::generator ? draw_face(username.text())
                                                          : draw_initials(username.text(), answer.nickname));
}

Profile ProfileRules::profile_of(const Username& username, const SourceAnswer& answer,
                                 const EntryPtr& known) const {
  const UnixMs now = clock_.now_ms();
  Profile profile;
  if (known) profile = known->profile;
  profile.username = username.text();
  if (!answer.nickname.empty()) profile.nickname = answer.nickname;
  if (profile.nickname.empty()) profile.nickname = username.text();
  if (answer.image) {
    const SourceSettings& settings = options_.of(answer.source);
    profile.source = answer.source;
    profile.priority = settings.priority;
    profile.image_hash = answer.image->hash;
    profile.cached_at = now;
    profile.expires_at = now + settings.lifetime.count();
  }
  profile.better_source_failed = answer.failed;
  profile.look_again_at = 0;
  if (answer.failed) {
    profile.look_again_at =
        now + random_.between((options_.retry * 3 / 4).count(), (options_.retry * 5 / 4).count());
  } else if (answer.negative) {
    profile.look_again_at = now + options_.negative_lifetime.count();
  }
  return profile;
}

}  // namespace papi::profiles
