// ApiWriter: a writer that uses the API. With an Idempotency-Key a write is sent until it is answered, and
// must be done once. Without one it is sent once; when no answer comes the record is read, and must have it
// or not.
#pragma once

#include "torture/writer.hpp"

namespace deltapost::torture {

class ApiWriter : public Writer {
 public:
  using Writer::Writer;

 protected:
  struct Creation {
    std::string path;
    JsonObject body;
    Fields fields;  // of version 1, so far as they are given
    Known known{};  // but for its id and version
  };
  struct Update {
    std::string method, path;
    JsonObject body{};
    Wanted wanted{};
    bool keyed = true;
    bool whole = true;  // wanted is all that changes
    bool ends = false;  // the record is gone afterwards
  };
  virtual Creation creation() = 0;
  virtual Update update() = 0;
  virtual RecordName created(const Json& answer) = 0;
  /// Where the record is read, and its version in what is read.
  virtual std::string path() const = 0;
  virtual Version version_read(const Json& answer) const = 0;

  void begin() override;
  /// A write of another's record, to a field of one's own.
  void write_busy_lead();

 private:
  void create();
  void change();
  void changed(const Update& update, const Fields& fields, const Answer& answer);
  void look(const Update& update, const Fields& fields);
  void took_place(const Update& update, const Fields& fields);
  net::Headers headers(bool keyed);

  std::uint64_t left_ = 0;  // writes, before it turns to another record
  std::optional<std::string> busy_value_;
};

/// A member that is a number; 0 where there is none.
std::uint64_t number_at(const Json& object, std::string_view name);
std::string text_at(const Json& object, std::string_view name);

}  // namespace deltapost::torture
