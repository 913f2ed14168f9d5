#include "auth/account_snapshot_reader.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <random>

#include "auth/sqlite_account_rows.hpp"
#include "auth/sqlite_token_rows.hpp"
#include "platform/base/random.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::auth {
namespace {

struct AccountSnapshotReading : testing::Test {
  AccountSnapshotReading() {
    database.emplace(*sqlite::Database::open(path));
    EXPECT_TRUE(schema::migrate(*database));
    EnvironmentKey dev;
    dev.user.id = "env_dev";
    dev.user.username = "dev";
    dev.user.from_environment = true;
    dev.key.id = "k_env_dev";
    dev.key.user_id = "env_dev";
    dev.key.hash = "hash of k_env_dev";
    dev.key.expires_at = 1'000'000;
    environment.push_back(dev);
    users.push_back("env_dev");
    keys.push_back("k_env_dev");
    current = read_identities(*database, environment);
  }
  ~AccountSnapshotReading() override {
    database.reset();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }

  std::string add_user(const std::string& name, Role role = Role::user) {
    NewUser add;
    add.user.id = "u_" + std::to_string(users.size());
    add.user.username = name;
    add.user.role = role;
    EXPECT_TRUE(store::add_user(*database, add)) << name;
    users.push_back(add.user.id);
    return add.user.id;
  }
  std::string add_key(const std::string& user, const std::string& parent = "", UnixMs expires_at = 5'000) {
    ApiKey key;
    key.id = "k_" + std::to_string(keys.size());
    key.user_id = user;
    key.parent_id = parent;
    key.hash = "hash of " + key.id;
    key.expires_at = expires_at;
    key.permissions = 3;
    store::add_key(*database, key);
    keys.push_back(key.id);
    return key.id;
  }
  std::string add_family(const std::string& user) {
    TokenFamily family;
    family.id = "f_" + std::to_string(families.size());
    family.user_id = user;
    family.expires_at = 100;
    family.current = family.id + ".1";
    store::save_family(*database, family);
    families.push_back(family.id);
    return family.id;
  }
  void refresh() { current = read_newer(*database, environment, current); }
  /// Everything that a snapshot shows, as text.
  std::string seen(const AccountSnapshot& snapshot) const {
    std::string text = std::to_string(snapshot.version()) + "\n";
    for (const std::string& id : users) {
      const auto user = snapshot.user(id);
      if (!user) continue;
      const auto called = snapshot.user_called(user->username);
      text += id + " " + user->username + " " + std::string(to_string(user->role)) +
              (user->active ? " active" : " off") + (called == user ? "" : " its name is another's") + "\n";
    }
    for (const std::string& id : keys) {
      const auto key = snapshot.key_by_id(id);
      if (key != snapshot.key_by_hash("hash of " + id)) text += "by hash another than ";
      if (!key) continue;
      text += id + " of " + key->owner->id + " until " + std::to_string(key->key.expires_at);
      text += key->owner == snapshot.user(key->owner->id) ? "\n" : " of an owner as they were before\n";
    }
    for (const std::string& id : families) text += snapshot.is_revoked(id) ? id + " revoked\n" : "";
    return text;
  }

  std::string path = testing::TempDir() + "snapshot_" + random_hex(6);
  std::optional<sqlite::Database> database;
  std::vector<EnvironmentKey> environment;
  std::vector<std::string> users, keys, families;
  std::shared_ptr<const AccountSnapshot> current;
};

TEST_F(AccountSnapshotReading, a_change_of_one_leaves_the_others_unread) {
  const std::string ann = add_user("ann"), ben = add_user("ben");
  const std::string key_of_ann = add_key(ann), key_of_ben = add_key(ben);
  refresh();
  const auto before = current;
  EXPECT_TRUE(store::revoke_key(*database, key_of_ann));
  refresh();
  EXPECT_EQ(current->key_by_id(key_of_ann), nullptr);
  EXPECT_NE(before->key_by_id(key_of_ann), nullptr) << "what was read before stays as it was";
  EXPECT_EQ(current->key_by_id(key_of_ben), before->key_by_id(key_of_ben)) << "the same object";
  EXPECT_NE(current->user(ann), before->user(ann));
  const auto unchanged = current;
  refresh();
  EXPECT_EQ(current, unchanged);
}

TEST_F(AccountSnapshotReading, keys_end_with_the_keys_that_made_them_also_those_of_others) {
  const std::string ann = add_user("ann"), ben = add_user("ben"), cid = add_user("cid");
  const std::string first = add_key(ann, "", 9'000), second = add_key(ben, first),
                    third = add_key(cid, second);
  const std::string of_settings = add_key(cid, "k_env_dev", 2'000'000);
  refresh();
  EXPECT_EQ(current->key_by_id(third)->key.expires_at, 5'000);
  EXPECT_EQ(current->key_by_id(of_settings)->key.expires_at, 1'000'000);
  store::shorten_key(*database, first, 700);
  refresh();
  EXPECT_EQ(current->key_by_id(second)->key.expires_at, 700);
  EXPECT_EQ(current->key_by_id(third)->key.expires_at, 700);
  store::delete_user(*database, ann, 1);
  refresh();
  EXPECT_EQ(current->key_by_id(second), nullptr);
  EXPECT_EQ(current->key_by_id(third), nullptr);
  EXPECT_NE(current->key_by_id(of_settings), nullptr);
}

TEST_F(AccountSnapshotReading, a_name_that_is_given_again_is_the_new_ones) {
  const std::string before = add_user("Ann");
  refresh();
  store::delete_user(*database, before, 1);
  const std::string now = add_user("ann");
  refresh();
  ASSERT_NE(current->user_called("ANN"), nullptr);
  EXPECT_EQ(current->user_called("ANN")->id, now);
  EXPECT_EQ(current->user(before), nullptr);
}

TEST_F(AccountSnapshotReading, a_setting_s_key_is_the_setting_s_whatever_becomes_of_a_stored_one_like_it) {
  const std::string ann = add_user("ann");
  ApiKey key;
  key.id = "k_like_it";
  key.user_id = ann;
  key.hash = "hash of k_env_dev";
  key.expires_at = 5'000;
  store::add_key(*database, key);
  const auto owner = [&](const AccountSnapshot& snapshot) {
    const auto known = snapshot.key_by_hash("hash of k_env_dev");
    return known ? known->owner->id : "nobody";
  };
  refresh();
  EXPECT_EQ(owner(*current), "env_dev");
  EXPECT_EQ(owner(*read_identities(*database, environment)), "env_dev");
  EXPECT_TRUE(store::revoke_key(*database, "k_like_it"));
  refresh();
  EXPECT_EQ(owner(*current), "env_dev");
  EXPECT_EQ(current->key_by_id("k_like_it"), nullptr);
}

TEST_F(AccountSnapshotReading, what_was_changed_without_saying_what_is_read_whole) {
  const std::string ann = add_user("ann");
  const std::string key = add_key(ann);
  refresh();
  database->execute("UPDATE api_keys SET expires_at = 42");
  store::raise_version(*database);
  add_user("ben");
  refresh();
  EXPECT_EQ(current->key_by_id(key)->key.expires_at, 42);
  EXPECT_NE(current->user_called("ben"), nullptr);
}

TEST_F(AccountSnapshotReading, at_any_moment_it_is_what_reading_everything_gives) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  const auto one_of = [&](const std::vector<std::string>& ids) { return ids[random() % ids.size()]; };
  int names = 0, read_in_part = 0;
  for (int step = 0; step < 3'000; ++step) {
    const auto what = random() % 12;
    const std::string user = one_of(users), key = one_of(keys);
    if (what < 2 || users.size() < 4) {
      add_user("user" + std::to_string(names++), random() % 2 != 0 ? Role::admin : Role::user);
    } else if (what < 4) {
      add_key(user, random() % 3 != 0 ? key : "", static_cast<UnixMs>(random() % 9'000));
    } else if (what == 4 && random() % 4 == 0) {
      store::delete_user(*database, user, 1);
    } else if (what == 5) {
      store::revoke_key(*database, key);
    } else if (what == 6) {
      store::shorten_key(*database, key, static_cast<UnixMs>(random() % 9'000));
    } else if (what == 7) {
      if (auto row = store::user_by_id(*database, user)) {
        row->active = !row->active;
        store::update_user(*database, *row);
      }
    } else if (what == 8) {
      add_family(user);
    } else if (what == 9) {
      store::revoke_families_of(*database, user, 1);
    } else if (what == 10 && random() % 20 == 0) {
      if (random() % 2 != 0) {
        store::clear_revoked(*database);
      } else {
        store::prune(*database, 200'000'000);
      }
    }
    if (random() % 3 != 0) continue;  // several changes at once
    const auto before = current;
    refresh();
    ASSERT_EQ(seen(*current), seen(*read_identities(*database, environment))) << "seed " << seed;
    read_in_part += before != current && before->user("env_dev") == current->user("env_dev");
  }
  EXPECT_GT(read_in_part, 300);
}

}  // namespace
}  // namespace papi::auth
