#pragma once

// What every ProfileStore promises. An engine's test instantiates the suite with a type that has:
//   Executor executor();
//   ProfileStore& store();
//   void reopen();            // as after a restart: store() is a new object on the same data
//   std::size_t pictures();   // how many pictures are stored
//   void change(std::string); // runs an "UPDATE <table> …" on the stored rows

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/use_future.hpp>

#include "profiles/profile_store.hpp"

namespace papi::profiles {

template <class Engine>
class ProfileStoreContract : public ::testing::Test {
 protected:
  static EntryPtr entry(const std::string& username, const std::string& picture, std::int64_t priority = 1,
                        UnixMs cached_at = 1'000, UnixMs expires_at = 2'000,
                        Source source = Source::scraper) {
    Image image;
    image.header = {ImageType::png, 3, 4};
    image.bytes = picture;
    image.hash = "hash of " + picture;
    Profile profile;
    profile.username = username;
    profile.nickname = "Nick of " + username;
    profile.source = source;
    profile.priority = priority;
    profile.image_hash = image.hash;
    profile.cached_at = cached_at;
    profile.expires_at = expires_at;
    return std::make_shared<const ProfileEntry>(std::move(profile),
                                                std::make_shared<Image>(std::move(image)));
  }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(engine.executor(), std::move(task), net::use_future).get();
  }
  void save(const EntryPtr& entry) {
    const auto saved = run(engine.store().save(engine.executor(), entry));
    ASSERT_TRUE(saved) << saved.error().message;
  }
  EntryPtr find(const std::string& username) {
    const auto found = run(engine.store().find(engine.executor(), username));
    EXPECT_TRUE(found);
    return found && *found ? **found : nullptr;
  }
  bool erase(const std::string& username) {
    const auto erased = run(engine.store().erase(engine.executor(), username));
    EXPECT_TRUE(erased);
    return erased && *erased;
  }
  std::vector<std::string> erase_expired(UnixMs now) {
    auto names = run(engine.store().erase_expired(engine.executor(), now));
    EXPECT_TRUE(names);
    std::sort(names->begin(), names->end());
    return *names;
  }
  std::vector<std::string> list(ProfileQuery query) {
    const auto profiles = run(engine.store().list(engine.executor(), std::move(query)));
    EXPECT_TRUE(profiles);
    std::vector<std::string> names;
    for (const Profile& profile : *profiles) names.push_back(profile.username);
    return names;
  }

  Engine engine;
};
TYPED_TEST_SUITE_P(ProfileStoreContract);

TYPED_TEST_P(ProfileStoreContract, keeps_every_field_and_the_picture_over_a_restart) {
  Image image;
  image.header = {ImageType::webp, 4'000'000'000u, 7};
  image.bytes = std::string("\0\xff\x01 bytes", 9);
  image.hash = "h1";
  Profile profile;
  profile.username = "ann.1";
  profile.nickname = "Ann 🎤 'quoted'";
  profile.source = Source::generator;
  profile.priority = -3;
  profile.image_hash = "h1";
  profile.cached_at = 1'790'000'000'001;
  profile.expires_at = 1'790'000'000'002;
  profile.look_again_at = 1'790'000'000'003;
  this->save(std::make_shared<const ProfileEntry>(profile, std::make_shared<Image>(image)));
  this->engine.reopen();
  const EntryPtr found = this->find("ann.1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->profile.username, "ann.1");
  EXPECT_EQ(found->profile.nickname, "Ann 🎤 'quoted'");
  EXPECT_EQ(found->profile.source, Source::generator);
  EXPECT_EQ(found->profile.priority, -3);
  EXPECT_EQ(found->profile.image_hash, "h1");
  EXPECT_EQ(found->profile.cached_at, 1'790'000'000'001);
  EXPECT_EQ(found->profile.expires_at, 1'790'000'000'002);
  EXPECT_EQ(found->profile.look_again_at, 1'790'000'000'003);
  EXPECT_EQ(found->image->header.type, ImageType::webp);
  EXPECT_EQ(found->image->header.width, 4'000'000'000u);
  EXPECT_EQ(found->image->header.height, 7u);
  EXPECT_EQ(found->image->bytes, image.bytes);
  EXPECT_EQ(found->image->hash, "h1");
  EXPECT_EQ(this->find("ann"), nullptr);
}

TYPED_TEST_P(ProfileStoreContract, a_lower_priority_replaces_a_profile_only_after_its_end) {
  struct Row {
    std::int64_t priority;
    UnixMs cached_at;
    bool replaces;
  };
  const Row rows[] = {
      {4, 1'500, false}, {4, 1'999, false}, {4, 2'000, true}, {5, 1'500, true}, {6, 1'500, true}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.priority * 10'000 + row.cached_at);
    this->erase("ann");
    this->save(this->entry("ann", "old", 5, 1'000, 2'000));
    this->save(this->entry("ann", "new", row.priority, row.cached_at, 9'000));
    const EntryPtr found = this->find("ann");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->image->bytes, row.replaces ? "new" : "old");
    EXPECT_EQ(found->profile.expires_at, row.replaces ? 9'000 : 2'000);
    EXPECT_EQ(this->engine.pictures(), 1u) << "of the other one nothing is left";
  }
}

TYPED_TEST_P(ProfileStoreContract, writes_happen_in_the_order_of_the_calls) {
  std::vector<std::future<Result<void>>> saves;
  for (int i = 0; i < 20; ++i) {
    Task<Result<void>> save = this->engine.store().save(this->engine.executor(),
                                                        this->entry("ann", "picture " + std::to_string(i)));
    saves.push_back(net::co_spawn(this->engine.executor(), std::move(save), net::use_future));
  }
  for (auto& save : saves) EXPECT_TRUE(save.get());
  const EntryPtr found = this->find("ann");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->image->bytes, "picture 19");
  EXPECT_EQ(this->engine.pictures(), 1u);
}

TYPED_TEST_P(ProfileStoreContract, an_erased_profile_is_gone_and_a_picture_stays_with_its_last_profile) {
  this->save(this->entry("ann", "shared"));
  this->save(this->entry("bob", "shared"));
  EXPECT_EQ(this->engine.pictures(), 1u);
  EXPECT_TRUE(this->erase("ann"));
  EXPECT_FALSE(this->erase("ann"));
  EXPECT_EQ(this->find("ann"), nullptr);
  ASSERT_TRUE(this->find("bob"));
  EXPECT_EQ(this->find("bob")->image->bytes, "shared");
  EXPECT_TRUE(this->erase("bob"));
  EXPECT_EQ(this->engine.pictures(), 0u);
}

TYPED_TEST_P(ProfileStoreContract, a_picture_stays_while_others_that_used_it_change) {
  this->save(this->entry("ann", "one", 5));
  this->save(this->entry("bob", "one"));
  this->save(this->entry("ann", "two", 5));
  EXPECT_EQ(this->engine.pictures(), 2u);
  EXPECT_EQ(this->find("bob")->image->bytes, "one");
  this->save(this->entry("ann", "one", 4));
  EXPECT_EQ(this->find("ann")->image->bytes, "two") << "of a higher priority";
  EXPECT_EQ(this->find("bob")->image->bytes, "one");
  this->save(this->entry("bob", "two"));
  EXPECT_EQ(this->engine.pictures(), 1u);
  EXPECT_EQ(this->find("ann")->image->bytes, "two");
  EXPECT_EQ(this->find("bob")->image->bytes, "two");
}

TYPED_TEST_P(ProfileStoreContract, texts_that_an_engine_cannot_hold_as_they_are_do_no_harm) {
  using Names = std::vector<std::string>;
  const std::string odd("a\0b\xff", 4);
  Profile profile = this->entry("ann", "p")->profile;
  profile.nickname = odd;
  this->save(std::make_shared<const ProfileEntry>(profile, this->entry("ann", "p")->image));
  EXPECT_EQ(this->find("ann")->profile.nickname.substr(0, 1), "a");
  this->save(this->entry("ab", "p"));
  for (const std::string& nobody : {std::string("ab\0", 3), std::string("a\0b", 3), std::string("ann\xff")}) {
    EXPECT_EQ(this->find(nobody), nullptr);
    EXPECT_FALSE(this->erase(nobody));
  }
  this->save(this->entry("a", "p"));
  const auto after = [this](std::string name) {
    return this->list({.after = std::move(name), .limit = 50, .source = {}});
  };
  EXPECT_EQ(after(std::string("a\0z", 3)), (Names{"ab", "ann"}));
  EXPECT_EQ(after(std::string("ab\0", 3)), Names{"ann"});
  EXPECT_EQ(after("a\xff"), Names{});
}

TYPED_TEST_P(ProfileStoreContract, what_has_expired_is_erased_in_bounded_steps_with_its_pictures) {
  constexpr std::size_t more = 2;
  for (std::size_t i = 0; i < ProfileStore::erased_at_once + more; ++i)
    this->save(this->entry("old" + std::to_string(i), "shared", 1, 0, 1'000));
  this->save(this->entry("due", "its own", 1, 0, 1'001));
  this->save(this->entry("stays", "shared", 1, 0, 1'002));
  EXPECT_EQ(this->erase_expired(999).size(), 0u);
  EXPECT_EQ(this->erase_expired(1'000).size(), ProfileStore::erased_at_once);
  EXPECT_EQ(this->erase_expired(1'000).size(), more);
  EXPECT_EQ(this->erase_expired(1'000).size(), 0u);
  EXPECT_EQ(this->engine.pictures(), 2u);
  EXPECT_EQ(this->erase_expired(1'001), std::vector<std::string>{"due"});
  EXPECT_EQ(this->list({}), std::vector<std::string>{"stays"});
  EXPECT_EQ(this->engine.pictures(), 1u);
}

TYPED_TEST_P(ProfileStoreContract, lists_by_the_bytes_of_the_names_in_pages_and_by_source) {
  using Names = std::vector<std::string>;
  for (const char* name : {"b", "a_b", "a.b", "a1", "ab", "a-b"}) this->save(this->entry(name, "p"));
  this->save(this->entry("live", "p", 1, 0, 1, Source::live));
  EXPECT_EQ(this->list({}), (Names{"a-b", "a.b", "a1", "a_b", "ab", "b", "live"}));
  EXPECT_EQ(this->list({.after = "", .limit = 2, .source = {}}), (Names{"a-b", "a.b"}));
  EXPECT_EQ(this->list({.after = "a.b", .limit = 3, .source = {}}), (Names{"a1", "a_b", "ab"}));
  EXPECT_EQ(this->list({.after = "live", .limit = 3, .source = {}}), Names{});
  EXPECT_EQ(this->list({.after = "", .limit = 50, .source = Source::live}), Names{"live"});
  EXPECT_EQ(this->list({.after = "", .limit = 50, .source = Source::initials}), Names{});
}

TYPED_TEST_P(ProfileStoreContract, a_profile_whose_source_is_not_known_counts_as_absent) {
  using Names = std::vector<std::string>;
  for (const int damaged : {4, 256, -1}) {
    SCOPED_TRACE(damaged);
    for (const char* name : {"ann", "bob", "cat"}) this->save(this->entry(name, name, 5, 1'000, 2'000));
    this->engine.change("UPDATE profiles SET source = " + std::to_string(damaged) +
                        " WHERE username = 'bob'");
    EXPECT_EQ(this->find("bob"), nullptr);
    EXPECT_EQ(this->list({.after = "", .limit = 2, .source = {}}), (Names{"ann", "cat"})) << "a full page";
    this->save(this->entry("bob", "new", 1, 1'500, 9'000));
    const EntryPtr found = this->find("bob");
    ASSERT_TRUE(found) << "the damaged row had a higher priority";
    EXPECT_EQ(found->image->bytes, "new");
    EXPECT_EQ(found->profile.source, Source::scraper);
    EXPECT_EQ(this->engine.pictures(), 3u) << "of the damaged profile nothing is left";
    this->engine.change("UPDATE profiles SET source = 3");
    EXPECT_EQ(this->list({.after = "", .limit = 9, .source = Source::initials}),
              (Names{"ann", "bob", "cat"}));
    for (const char* name : {"ann", "bob", "cat"}) this->erase(name);
  }
}

TYPED_TEST_P(ProfileStoreContract, a_profile_whose_type_of_picture_is_not_known_counts_as_absent) {
  for (const int damaged : {5, 256, -1}) {
    SCOPED_TRACE(damaged);
    for (const char* name : {"ann", "bob", "cat"}) this->save(this->entry(name, "shared", 5, 1'000, 2'000));
    this->engine.change("UPDATE profile_images SET type = " + std::to_string(damaged));
    EXPECT_EQ(this->find("ann"), nullptr);
    this->save(this->entry("ann", "new", 1, 1'500, 9'000));
    ASSERT_TRUE(this->find("ann")) << "the damaged row had a higher priority";
    EXPECT_EQ(this->find("ann")->image->bytes, "new");
    EXPECT_EQ(this->find("cat"), nullptr);
    this->save(this->entry("bob", "shared", 1, 1'500, 9'000));
    for (const char* name : {"bob", "cat"}) {
      const EntryPtr found = this->find(name);
      ASSERT_TRUE(found) << "the picture is stored anew";
      EXPECT_EQ(found->image->header.type, ImageType::png);
      EXPECT_EQ(found->image->bytes, "shared");
    }
    EXPECT_EQ(this->engine.pictures(), 2u);
    this->engine.change("UPDATE profile_images SET type = 4");
    ASSERT_TRUE(this->find("ann"));
    EXPECT_EQ(this->find("ann")->image->header.type, ImageType::svg);
    for (const char* name : {"ann", "bob", "cat"}) this->erase(name);
  }
}

REGISTER_TYPED_TEST_SUITE_P(ProfileStoreContract, keeps_every_field_and_the_picture_over_a_restart,
                            a_lower_priority_replaces_a_profile_only_after_its_end,
                            writes_happen_in_the_order_of_the_calls,
                            an_erased_profile_is_gone_and_a_picture_stays_with_its_last_profile,
                            a_picture_stays_while_others_that_used_it_change,
                            texts_that_an_engine_cannot_hold_as_they_are_do_no_harm,
                            what_has_expired_is_erased_in_bounded_steps_with_its_pictures,
                            lists_by_the_bytes_of_the_names_in_pages_and_by_source,
                            a_profile_whose_source_is_not_known_counts_as_absent,
                            a_profile_whose_type_of_picture_is_not_known_counts_as_absent);

}  // namespace papi::profiles
