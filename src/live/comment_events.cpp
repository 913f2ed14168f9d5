// Reads what viewers write: comments, emote comments and questions (docs/webcast-protocol.md §4.4, §4.6).

#include "live/decoding.hpp"

namespace papi::live {
namespace {

constexpr std::size_t most_mentions = 50;

/// Reads an EmoteWithIndex.
events::Emote read_emote(std::string_view bytes) {
  events::Emote emote;
  std::int64_t position = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(EmoteWithIndexField::index)) {
      position = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() == bytes_of(EmoteWithIndexField::emote)) {
      emote = read_emote_model(view(reader));
      return true;
    }
    return false;
  });
  emote.position = position;
  return emote;
}

}  // namespace

events::Emote read_emote_model(std::string_view bytes) {
  events::Emote emote;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(EmoteField::emote_id)) {
      emote.id = text(reader);
      return true;
    }
    if (reader.tag_and_type() == bytes_of(EmoteField::image)) {
      emote.image_url = read_image_url(view(reader));
      return true;
    }
    return false;
  });
  return emote;
}

void read_chat(std::string_view payload, Decoded& out) {
  events::Comment comment;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(ChatMessageField::user):
        take_user(reader, out);
        return true;
      case bytes_of(ChatMessageField::content):
        comment.text = text(reader);
        return true;
      case bytes_of(ChatMessageField::at_user):
        comment.reply_to = read_user(view(reader));
        return true;
      case bytes_of(ChatMessageField::emotes):
        comment.emotes.push_back(read_emote(view(reader)));
        return true;
      case bytes_of(ChatMessageField::content_language):
        comment.language = text(reader);
        return true;
      case bytes_of(ChatMessageField::user_identity):
        add_identity(view(reader), person(out));
        return true;
      case bytes_of(ChatMessageField::mention_users):
        if (comment.mentions.size() >= most_mentions) return false;
        comment.mentions.push_back(read_user(view(reader)));
        if (comment.mentions.back().id == events::UserId()) comment.mentions.pop_back();
        return true;
      default:
        return false;
    }
  });
  if (comment.reply_to && comment.reply_to->id == events::UserId()) comment.reply_to.reset();
  out.body = std::move(comment);
}

void read_emote_chat(std::string_view payload, Decoded& out) {
  events::EmoteComment comment;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(EmoteChatMessageField::user):
        take_user(reader, out);
        return true;
      case bytes_of(EmoteChatMessageField::emote_list):
        comment.emotes.push_back(read_emote_model(view(reader)));
        comment.emotes.back().position = static_cast<std::int64_t>(comment.emotes.size()) - 1;
        return true;
      case bytes_of(EmoteChatMessageField::user_identity):
        add_identity(view(reader), person(out));
        return true;
      default:
        return false;
    }
  });
  out.body = std::move(comment);
}

void read_question(std::string_view payload, Decoded& out) {
  events::Question question;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(QuestionNewMessageField::data)) return false;
    each(view(reader), [&](pbf_reader& data) {
      switch (data.tag_and_type()) {
        case varint(QuestionField::question_id):
          question.question_id = id_text(data.get_int64());
          return true;
        case bytes_of(QuestionField::content):
          question.text = text(data);
          return true;
        case varint(QuestionField::create_time):
          out.own_time = data.get_int64();
          return true;
        case bytes_of(QuestionField::user):
          take_user(data, out);
          return true;
        default:
          return false;
      }
    });
    return true;
  });
  out.body = std::move(question);
}

}  // namespace papi::live
